"""Texts, questions and actions read from a document; pure."""

from collections.abc import Iterator

from services.health.format.documents import Node
from services.health.format.entries import (
    Action,
    Branch,
    Do,
    Entry,
    Expect,
    Option,
    Question,
    Text,
    When,
)
from services.health.format.evidence import EVIDENCE, evidence_of, scoped

_ASK = (
    "expect", "options", "from", "to", "sets", "keep", "right", "consent", "close_days",
    "remind_days", "reminder", "answers", "otherwise", "again",
)  # fmt: skip
_BY_LANGUAGE = "a mapping by language"
_BESIDE = ("discreet", EVIDENCE)
_CLOSE = 7
_MOST_DAYS, _FARTHEST = 366, 10_000
_DIGITS = tuple("123456789")
_WITH = {Do.SET: "to", Do.END: "why"}
_DAYS = ("answer", "today")
_HOURS = 7, 20
_TARGETS = {Do.DISCREET: ("on", "off"), Do.END: ("completed", "ineligible", "opted_out", "ended")}


def texts_of(node: Node) -> dict[str, str]:
    """Read texts by language."""
    node.is_object(_BY_LANGUAGE)
    return {language: one.text() for language, one in node.items()}


def read_text(node: Node) -> Text:
    """Read a text and its discreet version for a shared phone."""
    node.is_object(_BY_LANGUAGE)
    node = scoped(node)
    say = {language: one.text() for language, one in node.items() if language not in _BESIDE}
    return Text(say, texts_of(node.get("discreet")), evidence_of(node))


def read_text_if(node: Node) -> Text | None:
    """Read an optional text."""
    return None if node.missing else read_text(node)


def read_words(node: Node) -> dict[str, tuple[str, ...]]:
    """Read lists of words by language."""
    node.is_object(_BY_LANGUAGE)
    return {language: tuple(one.text() for one in each.each()) for language, each in node.items()}


def read_entries(node: Node) -> tuple[Entry, ...]:
    """Read the entries of a list."""
    return tuple(map(read_entry, node.each()))


def read_intake(node: Node) -> tuple[Entry, ...]:
    """Read the entries of the intake, which may ask some people only."""
    return tuple(read_entry(one, more=("when",)) for one in node.each())


def read_entry(node: Node, usual: str | None = None, more: tuple[str, ...] = ()) -> Entry:
    """Read a text and its question, if any.

    Args:
        node: of the entry.
        usual: id of an entry that has none.
        more: further members that it may have.
    """
    needed = ("id", "text") if usual is None else ("text",)
    node.members("id", "text", "ask", EVIDENCE, *more, needed=needed)
    node = scoped(node)
    named = usual if usual and not node.has("id") else node.get("id").name()
    return Entry(named, read_text(node.get("text")), read_question(node), _when(node.get("when")))


def _when(node: Node) -> When | None:
    members = list(node.items()) if node.is_object("a mapping of one question to codes") else []
    if len(members) != 1:
        if not node.missing:
            node.fault("must be one question with its codes, such as `sex: [female]`")
        return None
    question, given = members[0]
    if isinstance(given.value, dict):
        given.members("from", "to")
        return When(question, (), _optional(given.get("from")), _optional(given.get("to")))
    return When(question, tuple(one.name() for one in given.each()))


def read_question(node: Node) -> Question | None:
    """Read the question of an entry, if it has one."""
    if not node.has("ask"):
        return None
    ask = node.get("ask")
    if not ask.members(*_ASK, needed=("expect",)):
        return None
    expect = ask.get("expect").parsed(
        Expect, Expect.CHOICE, "choice, number, date, name, province or words"
    )
    return Question(
        expect,
        _options(ask.get("options"), expect),
        least=_optional(ask.get("from")),
        most=_optional(ask.get("to")),
        sets=_optional_name(ask.get("sets")),
        keep=_optional_name(ask.get("keep")),
        right=tuple(one.name() for one in ask.get("right").each()),
        consent=ask.get("consent").flag(),
        close_days=ask.get("close_days").whole(_CLOSE, 1, _MOST_DAYS),
        remind_days=_remind_days(ask.get("remind_days")),
        reminder=read_text_if(ask.get("reminder")),
        branches=tuple(_branches(node)),
        otherwise=read_actions(ask.get("otherwise")),
        again=read_text_if(ask.get("again")),
    )


def read_actions(node: Node) -> tuple[Action, ...]:
    """Read the actions of a list."""
    found = (_action(one) for one in node.each())
    return tuple(action for action in found if action)


def _remind_days(node: Node) -> tuple[int, ...]:
    days = tuple(one.whole(0, 1, _MOST_DAYS) for one in node.each())
    if list(days) != sorted(set(days)):
        node.fault("must be days after the question, each later than the one before")
    return days


def _optional(node: Node) -> int | None:
    return None if node.missing else node.whole(0, -_FARTHEST, _FARTHEST)


def _optional_name(node: Node) -> str | None:
    return None if node.missing else node.name()


def _options(node: Node, expect: Expect) -> tuple[Option, ...]:
    if expect is not Expect.CHOICE:
        if not node.missing:
            node.fault("belongs only to a choice")
        return ()
    if node.missing or not node.members(*_DIGITS) or not node.value:
        node.fault("must have the options of the choice, by their digits from 1 to 9")
    return tuple(_option(key, one) for key, one in node.items())


def _option(key: str, node: Node) -> Option:
    node.is_object("a mapping with a `code`")
    if node.value and not node.has("code"):
        node.fault("needs `code`")
    words = {
        language: tuple(one.text() for one in each.each())
        for language, each in node.items()
        if language != "code"
    }
    return Option(key, node.get("code").name(), words)


def _branches(node: Node) -> Iterator[Branch]:
    """Read the answers to an entry's question; groups of evidence name their replies by number.

    `month1/answer` is all of them, `month1/answer/2` that to the second `if`.
    """
    named = f"{node.get('id').value}/answer"
    each = scoped(node.get("ask").get("answers"), named).each()
    for number, one in enumerate(each, 1):
        yield _branch(scoped(one, f"{named}/{number}"))


def _branch(node: Node) -> Branch:
    node.members("if", "reply", "do")
    condition = node.get("if")
    codes: tuple[str, ...] = ()
    least = most = None
    if isinstance(condition.value, dict):
        condition.members("from", "to")
        least, most = _optional(condition.get("from")), _optional(condition.get("to"))
    else:
        codes = tuple(one.name() for one in condition.each())
    reply, actions = read_text_if(node.get("reply")), read_actions(node.get("do"))
    return Branch(codes, least, most, reply, actions)


def _action(node: Node) -> Action | None:
    if not node.members(*Do, *_WITH.values()):
        return None
    done = [do for do in Do if node.has(do)]
    if len(done) != 1:
        node.fault(f"must do one thing: {', '.join(Do)}")
        return None
    do = done[0]
    for key in set(_WITH.values()) - {_WITH.get(do)}:
        if node.has(key):
            node.get(key).fault(f"does not go with `{do}`")
    target = node.get(do)
    if do in _TARGETS and target.value not in _TARGETS[do]:
        target.fault(f"must be one of: {', '.join(_TARGETS[do])}")
        return None
    if do is Do.HOUR:
        return Action(do, str(target.whole(0, *_HOURS)))
    return Action(do, target.name(), _value(do, node))


def _value(do: Do, node: Node) -> str | int | None:
    if do is Do.END:
        return _optional_name(node.get("why"))
    if do is not Do.SET:
        return None
    to = node.get("to")
    if to.value in _DAYS:
        return str(to.value)
    if isinstance(to.value, int) and not isinstance(to.value, bool):
        return to.whole(0, -_MOST_DAYS, _MOST_DAYS)
    (node if to.missing else to).fault("needs a day: `to: answer`, `to: today` or `to: 14`")
    return None
