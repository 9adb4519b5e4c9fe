"""Effects of answers and keywords that must stay for the safety of people; pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from services.health.format.text_slots import Json
from services.texts.catalogue import HELP

_FARTHEST = 10_000
EVERYBODY = "all"
TELLING = ("alert", "event")
"""Actions that notify a clinician, or tell of an event of the person's life."""


def tells(value: Any) -> bool:  # noqa: ANN401 — JSON
    """Tell whether an action in a part of a document notifies a clinician or tells of an event."""
    return next(_told(value), None) is not None


def weaker(old: Json, new: Json) -> list[str]:
    """Return what an entry or a word no longer does after a change, in words."""
    if "code" in old:
        return _weaker_word(old, new)
    found = _fewer_cohorts(old, new)
    before, after = old.get("ask", {}), new.get("ask", {})
    if before and before.get("expect") != after.get("expect"):
        return [f"expect: {before.get('expect')}"]
    found += ["consent"] if before.get("consent") and after.get("consent") is not True else []
    if before.get("consent"):
        found += _lost_codes(before, after)
    for answer in sorted(_answers(before), key=str):
        told = _does(before, answer) - _does(after, answer)
        found += [f"{answer}: {each}" for each in sorted(told)]
    kept = set(_told(after.get("otherwise")))
    return found + sorted(set(_told(before.get("otherwise"))) - kept)


def lost_words(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the numbers to call that the texts of a part had in a language, and lost."""
    languages = {key for text in old for key, said in text.items() if isinstance(said, str)}
    return sorted(
        {
            f"{{{name}}}"
            for language in languages
            for name in HELP
            if _count(old, language, name) > _count(new, language, name)
        }
    )


def _count(texts: Sequence[Mapping[str, Any]], language: str, name: str) -> int:
    return sum(f"{{{name}}}" in str(text.get(language, "")) for text in texts)


def _fewer_cohorts(old: Json, new: Json) -> list[str]:
    was, now = (_cohorts(one) for one in (old, new))
    return [] if EVERYBODY in now else [f"cohort {one}" for one in sorted(was - now)]


def _cohorts(part: Json) -> set[str]:
    found = part.get("cohorts")
    return {str(one) for one in found} if isinstance(found, list) else {EVERYBODY}


def _weaker_word(old: Json, new: Json) -> list[str]:
    found = sorted(set(_told(old.get("do"))) - set(_told(new.get("do"))))
    for key in ("says", "hears", "alone"):
        for language, words in old.get(key, {}).items():
            own = new.get(key)
            kept = own.get(language, []) if isinstance(own, dict) else []
            found += [f"{key} {word}" for word in words if not _has(kept, word)]
    return found


def _has(words: Any, word: str) -> bool:  # noqa: ANN401 — JSON
    return isinstance(words, list) and word in words


def _lost_codes(old: Json, new: Json) -> list[str]:
    was, now = ({key: _code(one) for key, one in _options(ask).items()} for ask in (old, new))
    return sorted(f"option {key}: {code}" for key, code in was.items() if now.get(key) != code)


def _answers(ask: Json) -> set[str | int]:
    """Return answers that stand for all: codes, and the ends of ranges and their neighbours."""
    if _options(ask):
        return {_code(one) for one in _options(ask).values()}
    if ask.get("expect") != "number":
        return {""}
    ends = [_ends(ask), *(_ends(one.get("if")) for one in _branches(ask))]
    known = {end + step for pair in ends for end in pair for step in (-1, 0, 1)}
    return {one for one in known if _fits(ask, one)}


def _does(ask: Json, answer: str | int) -> set[str]:
    """Return the actions of the first answer that fits that tell a clinician."""
    if answer not in _asked(ask, answer):
        return set()
    fitting = (one for one in _branches(ask) if _fits(one.get("if"), answer))
    first = next(fitting, {})
    return set(_told(first.get("do")))


def _asked(ask: Json, answer: str | int) -> Collection[str | int]:
    """Return an answer, unless the question does not take it."""
    if _options(ask):
        return {_code(one) for one in _options(ask).values()}
    return () if ask.get("expect") == "number" and not _fits(ask, answer) else (answer,)


def _fits(condition: Any, answer: str | int) -> bool:  # noqa: ANN401 — JSON
    if isinstance(condition, dict):
        least, most = _end(condition, "from", -_FARTHEST), _end(condition, "to", _FARTHEST)
        return isinstance(answer, int) and least <= answer <= most
    return not condition or (isinstance(condition, list) and answer in condition)


def _ends(given: Any) -> list[int]:  # noqa: ANN401 — JSON
    return [_end(given, key, 0) for key in ("from", "to")] if isinstance(given, dict) else []


def _end(given: Json, key: str, usual: int) -> int:
    """Return the end of a range; the usual one where it has none, or a name of the country's."""
    value = given.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else usual


def _options(ask: Json) -> Json:
    found = ask.get("options")
    return found if isinstance(found, dict) else {}


def _branches(ask: Json) -> list[Json]:
    found = ask.get("answers")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _code(option: Any) -> str:  # noqa: ANN401 — JSON
    return str(option.get("code")) if isinstance(option, dict) else ""


def _told(value: Any) -> Iterator[str]:  # noqa: ANN401 — JSON
    """Yield the actions in a part of a document that notify a clinician or tell of an event."""
    if isinstance(value, dict):
        yield from (f"{key} {value[key]}" for key in TELLING if key in value)
        for one in value.values():
            yield from _told(one)
    elif isinstance(value, list):
        for one in value:
            yield from _told(one)
