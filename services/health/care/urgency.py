"""Kinds of danger behind a flag's code, and what each asks for; pure."""

from enum import StrEnum


class Danger(StrEnum):
    """Kind of a danger.

    BODY: an illness or injury. SELF_HARM: somebody may kill themselves. AT_HOME: somebody harms
    them, who may read their phone. LOSS: a baby died, or a pregnancy ended. FOLLOW_UP: it is no
    flag, but a call that was asked for, an answer, or a second contact.
    """

    BODY = "body"
    SELF_HARM = "self_harm"
    AT_HOME = "at_home"
    LOSS = "loss"
    FOLLOW_UP = "follow_up"


_SELF_HARM = frozenset({"suicide", "suicidal", "harm", "wantdie"})
_AT_HOME = frozenset({"violence", "abuse", "abused", "rape", "raped", "sorcery", "beaten"})
_LOSS = frozenset({"loss", "lost", "miscarriage", "stillbirth"})
_RESTS = frozenset({Danger.SELF_HARM, Danger.AT_HOME, Danger.LOSS})


def danger_of(code: str) -> Danger:
    """Return the kind of danger of a flag's code, by its words: `suicide_of_other`."""
    words = set(code.split("_"))
    for danger, named in (
        (Danger.SELF_HARM, _SELF_HARM),
        (Danger.AT_HOME, _AT_HOME),
        (Danger.LOSS, _LOSS),
    ):
        if words & named:
            return danger
    return Danger.BODY


def rests(danger: Danger) -> bool:
    """Tell whether courses rest until a clinician has written a note."""
    return danger in _RESTS


def is_discreet(danger: Danger) -> bool:
    """Tell whether who reads the phone may be the danger: no call unasked, no word of it."""
    return danger is Danger.AT_HOME
