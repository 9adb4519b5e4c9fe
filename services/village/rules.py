"""What follows from what a box has told a person already; pure."""

from __future__ import annotations

_HELP, _WORD, _DANGER = "help", "word", "danger"
_HELPS = frozenset({"not_understood", "programme.help", "help", "help2", "help3", "languages"})
_FLAG, _IN_PASSING = "programme.flag", "programme.heard"
_OTHERS = ("programme.", "error.")


def is_told(answered: str | None, outcome: str) -> bool:
    """Tell whether a box has said already what the server would say.

    It has not, where the server understands more than the box did: a question of a course that is
    open is answered by a name, which a box can only meet with its help.

    Args:
        answered: what the box told the person, in a word of the protocol.
        outcome: of the message, on the server.
    """
    if answered == _HELP:
        return outcome in _HELPS
    if answered == _DANGER:
        return outcome == _FLAG
    if answered == _WORD:
        programme, dot, word = outcome.partition(".")
        a_word = dot and word != "join" and not outcome.startswith(_OTHERS) and bool(programme)
        return bool(a_word) or outcome == _IN_PASSING
    return False
