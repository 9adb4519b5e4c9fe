"""Whether a text was understood: what happened, held against what must happen."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from services.health.conversation.danger_asking import ASKED
from services.health.conversation.red_flags import FLAG

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.corpus.entries import Entry, Label
    from tests.corpus.observing import Effect, Observed


class Verdict(StrEnum):
    """The four ways in which a text may end."""

    RIGHT = "right"
    HELPED = "helped"
    WRONG = "wrong"
    EFFECT = "with effect"


# What a record may bring with it, by what is asked for.
_COMPANIONS: Mapping[str, set[str]] = {
    "death": {"sickness", "outbreak"},
    "sickness": {"outbreak"},
    "depart": {"register", "count"},
    "register": {"depart"},
    "check": {"permit"},
    "joined": {"answered"},
    "answered": {"left", "opt_out", "danger", "answer"},
    "dated": {"answered"},
    "slip": {"answered", "dated"},
}
_ALLOWED: Mapping[str, set[str]] = {
    "alarm": {"sickness", "outbreak", "death"},
    "danger": {"danger", "answer", "call", "answered"},
    "close": {"closed", "left", "opt_out"},
    "opt_out": {"opt_out", "left", "closed"},
    "language": {"language"},
}
# Fields that make a record false where they are wrong; a sign or a cause may be lost.
_CORE = (
    "tags",
    "count",
    "place",
    "new",
    "dam",
    "sire",
    "suspicion",
    "wait",
    "outcome",
    "kilograms",
    "score",
)
_LOSABLE = ("cause", "sign", "sex", "product")
_FOUND_NO_WORDS = ("", "unknown", "other")
_HELPS = re.compile(r"not_understood|error\.|programme\.help")
# How a reply asks for it, in English or Tok Pisin.
_ASKS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "choice": r"\b1\b.*\b2\b|\b1 \w+ 6\b|\b1 i go 6\b",
        "code": r"\bcode\b|\bkod\b|(?:FORGET|RAUSIM MI) [0-9]",
        "count": r"how many|hamas|\bcount\b|BORN 6|KARIM 6",
        "day": r"\bday\b|\bdate\b|\bwhen\b|\bde\b|wanem taim|no kamap yet",
        "days": r"\bdays?\b|\bde\b",
        "place": r"\bplace\b|\bples\b|province|provins|phone|\bfon\b|roadblock|rotblok",
        "product": r"medicine|vaccine|marasin|vaksin|IVOMEC|feed",
        "receipt": r"receipt|risit",
        "tag": r"number|namba|\btag\b|pig|pik",
        "which": r"number|namba|which|wanem pik|how many|hamas",
        "yes": r"\byes\b",
    }.items()
}


def judge(entry: Entry, seen: Observed) -> Verdict:
    """Tell how a text ended; of several labels the best counts."""
    found = [_of_one(label, seen) for label in entry.labels]
    order = list(Verdict)
    return min(found, key=order.index)


def _of_one(label: Label, seen: Observed) -> Verdict:
    if not _allowed(label, seen.kinds):
        return Verdict.EFFECT
    return _JUDGES[label.act](label, seen)


def _allowed(label: Label, kinds: set[str]) -> bool:
    """Tell whether nothing happened but what the label is about."""
    if "danger" in kinds:
        # With some dangers the course rests until a clinician's note.
        kinds = kinds - {"paused"}
    if label.act == "record":
        return kinds <= {label.what} | _COMPANIONS.get(label.what, set())
    if label.act == "calm":
        # A report that is only an alarm is a wrong alarm and no wrong effect.
        return kinds <= {"danger", "answer", "call", "sickness", "outbreak"}
    # That a danger is seen where none is costs a call, and changes nothing.
    return kinds <= _ALLOWED.get(label.act, set()) | {"danger"}


def _record(label: Label, seen: Observed) -> Verdict:
    done = [effect for effect in seen.effects if effect.kind == label.what]
    if not done:
        return Verdict.EFFECT if seen.effects else _without(seen)
    fields = _merged(done, seen.effects)
    if any(not _same(name, label, fields) for name in _CORE if _told(name, label, fields)):
        return Verdict.EFFECT
    if _days(label, fields) != fields.get("day", "0"):
        return Verdict.EFFECT
    others = [name for name in label.fields if name not in {*_CORE, *_LOSABLE, "day"}]
    if any(fields.get(name) != label.fields[name] for name in others):
        return Verdict.EFFECT
    lost = [name for name in _LOSABLE if name in label.fields and not _same(name, label, fields)]
    if all(fields.get(name) in _FOUND_NO_WORDS or not fields.get(name) for name in lost):
        return Verdict.HELPED if lost else Verdict.RIGHT
    return Verdict.EFFECT


def _merged(done: list[Effect], effects: Iterable[Effect]) -> dict[str, object]:
    """Return the fields of a record; a part of a mob is counted where it gets its number."""
    fields = dict(done[0].fields)
    if not fields.get("count"):
        counts = (effect.fields.get("count") for effect in effects if effect.kind == "register")
        fields["count"] = next((count for count in counts if count), "")
    return fields


def _told(name: str, label: Label, fields: Mapping[str, object]) -> bool:
    """Tell whether a field is compared: what nobody said must not be there either."""
    if name in {"tags", "count", "suspicion"} and name in fields:
        return name in label.fields or not _same_animals_moved(label)
    return name in label.fields


def _same_animals_moved(label: Label) -> bool:
    """Tell whether the label leaves open which numbers a mob or a question had."""
    return label.what in {"depart", "register", "birth", "check", "slaughter", "transfer", "void"}


def _same(name: str, label: Label, fields: Mapping[str, object]) -> bool:
    wanted, found = label.fields.get(name), fields.get(name)
    if name == "tags":
        return found == (set(wanted.split(",")) if wanted else set())
    if name == "sign":
        return not wanted or wanted in (found or ())
    return (found or "") == (wanted or "")


def _days(label: Label, fields: Mapping[str, object]) -> str:
    return label.fields.get("day", "0" if "tags" in fields else str(fields.get("day", "0")))


def _without(seen: Observed) -> Verdict:
    """Judge a text that should have had an effect and had none: it is helped, or taken for more."""
    helped = _HELPS.match(seen.outcome) and seen.replies
    return Verdict.HELPED if helped else Verdict.WRONG


def _nothing(_label: Label, seen: Observed) -> Verdict:
    """Judge a text that must change and open nothing, and must be answered."""
    if not seen.quiet:
        return Verdict.WRONG
    return Verdict.RIGHT


def _answer(label: Label, seen: Observed) -> Verdict:
    if not seen.quiet:
        return Verdict.WRONG
    tags = label.fields.get("tags", "").split(",")
    named = [*tags, label.fields.get("place", "")]
    told = all(number in seen.told for number in named)
    word = label.fields.get("word")
    if told and not _HELPS.match(seen.outcome) and (word is None or word in seen.words):
        return Verdict.RIGHT
    return Verdict.HELPED if word is None or _HELPS.match(seen.outcome) else Verdict.WRONG


def _ask(label: Label, seen: Observed) -> Verdict:
    if _ASKS[label.what].search(seen.told):
        return Verdict.RIGHT
    return Verdict.HELPED if seen.replies and not seen.opened else Verdict.WRONG


def _alarm(_label: Label, seen: Observed) -> Verdict:
    return Verdict.RIGHT if seen.alarmed else Verdict.WRONG


def _danger(_label: Label, seen: Observed) -> Verdict:
    # Of some dangers the programme gives advice and tells no clinician; who is asked has help too.
    found = "danger" in seen.kinds or seen.outcome in {FLAG, ASKED}
    return Verdict.RIGHT if found and seen.replies else Verdict.WRONG


def _calm(_label: Label, seen: Observed) -> Verdict:
    """Judge a text that must call nobody; what it is answered, or asked, is left open."""
    return Verdict.WRONG if seen.called else Verdict.RIGHT


def _close(_label: Label, seen: Observed) -> Verdict:
    scopes = {one.fields["scope"] for one in seen.effects if one.kind == "opt_out"}
    if scopes & {"all", "forget"}:
        return Verdict.EFFECT
    return Verdict.RIGHT if seen.kinds & {"closed", "left"} else Verdict.WRONG


def _opt_out(label: Label, seen: Observed) -> Verdict:
    scopes = {one.fields["scope"] for one in seen.effects if one.kind == "opt_out"}
    if scopes - {label.fields["scope"]} and label.fields["scope"] not in {"all", "forget"}:
        return Verdict.EFFECT
    if label.fields["scope"] in scopes:
        return Verdict.RIGHT
    return Verdict.EFFECT if seen.effects else Verdict.WRONG


def _language(label: Label, seen: Observed) -> Verdict:
    if not seen.effects:
        return Verdict.WRONG
    return Verdict.RIGHT if seen.effects[0].fields == dict(label.fields) else Verdict.EFFECT


def _silent(_label: Label, seen: Observed) -> Verdict:
    return Verdict.HELPED if seen.replies else Verdict.RIGHT


_JUDGES = {
    "record": _record,
    "answer": _answer,
    "ask": _ask,
    "alarm": _alarm,
    "danger": _danger,
    "calm": _calm,
    "help": _nothing,
    "close": _close,
    "silent": _silent,
    "opt_out": _opt_out,
    "language": _language,
}
