"""Findings by the texts that they are of, which people edit one by one; pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from services.health.format.entries import Question
from services.health.format.items import Item, Phase
from services.health.format.model import Programme
from services.health.linting.findings import Finding, entries_of, items_with_places

_ENDS = (".discreet",)


def texts_by_place(programme: Programme) -> dict[str, str]:
    """Return the id of each text, as `replace` of an overlay has it, by the places in findings."""
    found = {key: key for key in ("invitation", "welcome")}
    for where, entry in entries_of(programme):
        found |= {where: entry.id, f"{where}.text": entry.id}
        found |= dict(_of_question(where, entry.id, entry.ask)) if entry.ask else {}
    for word in programme.words:
        for number in range(len(word.replies)):
            found[f"words.{word.code}.replies[{number}]"] = f"{word.code}/{number + 1}"
    for event in programme.events:
        if event.reply:
            found[f"events.{event.code}.reply"] = f"event/{event.code}"
    for flag in programme.red_flags:
        found[f"red_flags.{flag.code}.reply"] = flag.code
    return found


def findings_by_text(
    programme: Programme, findings: Iterable[Finding]
) -> Mapping[str | None, list[Finding]]:
    """Return findings by the id of their text; None: those of no single text."""
    places, days = texts_by_place(programme), _texts_by_day(programme)
    found: defaultdict[str | None, list[Finding]] = defaultdict(list)
    for one in findings:
        named = [one_id for one_id in days.get(one.where, ()) if one_id in one.message.split()]
        for text_id in named:
            found[text_id].append(one)
        if not named:
            found[_text_at(one.where, places)].append(one)
    return found


def _text_at(where: str, places: Mapping[str, str]) -> str | None:
    for end in _ENDS:
        where = where.removesuffix(end)
    while where:
        if where in places:
            return places[where]
        where = where.rpartition(".")[0]
    return None


def _texts_by_day(programme: Programme) -> Mapping[str, list[str]]:
    """Return the ids of the texts of each day, as findings name it: `all.quit+3`."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for phase, item in _items(programme):
        for group in programme.groups():
            found[f"{group}.{phase.anchor}{item.day:+}"].append(item.id)
    return found


def _items(programme: Programme) -> Iterator[tuple[Phase, Item]]:
    for _, phase, item in items_with_places(programme):
        yield phase, item


def _of_question(where: str, entry_id: str, ask: Question) -> Iterator[tuple[str, str]]:
    if ask.reminder:
        yield f"{where}.reminder", f"{entry_id}/reminder"
    if ask.again:
        yield f"{where}.again", f"{entry_id}/again"
    for number, branch in enumerate(ask.branches):
        if branch.reply:
            yield f"{where}.answers[{number}].reply", f"{entry_id}/answer/{number + 1}"
