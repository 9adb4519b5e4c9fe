"""Plays docs/phones.md: every example is sent from a phone, and the answers are written beside it.

`python -m tests.flow.phones` writes them into the page, and the list of all words at its end.
Receipts and codes differ each time; the page shows the same ones always.
"""

from __future__ import annotations

import io
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from services.cli.demo_stage import Stage
from services.core.roles import Role
from services.health.conversation.commands import programme_commands as of_programmes
from services.health.conversation.member import ActiveProgramme
from services.health.format.parser import read_programme
from services.health.versions.store import shipped_text
from services.livestock.control.census_asking import keep_censuses
from services.livestock.control.evening_messages import Evening
from services.livestock.sms_commands import HANDLERS
from services.messaging.commands import HANDLERS as OF_MESSAGES
from tests.flow.conftest import Calendar
from tests.flow.courses import publish
from tests.support.migrated import with_schema
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = ROOT / "docs" / "phones.md"
TOBACCO = ActiveProgramme(
    "tobacco",
    {"en": 1, "tpi": 1},
    dict.fromkeys(("en", "tpi"), read_programme(shipped_text("tobacco"))),
)
OF_PROGRAMMES = of_programmes({"tobacco": TOBACCO})
PHRASES = [one.phrase for one in (*OF_PROGRAMMES, *HANDLERS, *OF_MESSAGES)]
MARIA, PETER, AGNES, VET, CHIEF, INSPECTOR, RUTH = (f"+6757000000{n}" for n in range(1, 8))
MARTHA, JOHN, ABATTOIR = "+67570000008", "+67570000009", "+67570000010"
PEOPLE = {
    "Maria": MARIA,
    "Peter": PETER,
    "the village recorder": AGNES,
    "the veterinary officer": VET,
    "the inspector": INSPECTOR,
}
# Who sends the examples below a heading; below another one it is the farmer Maria.
SENDERS = {
    "Village recorders": AGNES,
    "Veterinary officers": VET,
    "Inspectors at a roadblock": INSPECTOR,
    "Abattoirs": ABATTOIR,
    "To join a course": MARTHA,
    "In a course": JOHN,
    "Which texts come": RUTH,
}
RECEIPT, CODE = "7KQ2-M9XA-P4TD-WZ3C", "482713"
_RECEIPTS = re.compile(r"(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}")
_CODES = re.compile(r"(?:(?<=\bcode )|(?<=\bFORGET ))[0-9]{6}\b")
_SPAN = re.compile("`([^`]+)`")
_ROW, _LETTER = 5, 3
_COUNTING = "### When pigs are counted"
# Minutes between examples: nobody gets more than twenty answers in an hour.
_BETWEEN = 3.5
_WORDS = re.compile(r"(?<=<!-- all words -->\n).*", re.DOTALL)
_WORDS_HEAD = "| as | English | Tok Pisin |\n|---|---|---|\n"


class Row(NamedTuple):
    """A line of a table of phrases: what for, words in both languages, examples, answer."""

    what: str
    english: str
    tok_pisin: str
    example: str
    answer: str

    @property
    def examples(self) -> list[str]:
        """What may be sent; the first is what is played."""
        return _SPAN.findall(self.example)


def rows(page: str) -> list[Row]:
    """Return the phrases of the page."""
    return [Row(*cells) for cells in map(_cells, page.splitlines()) if _is(cells, _ROW)]


def played(page: str, folder: Path) -> str:
    """Return the page with the answers that it gets today."""
    clock = Calendar()
    # One keeper plays the whole page within an hour.
    stage = Stage(with_schema(folder), io.StringIO(), {"BILUM_ANSWERS_AN_HOUR": "200"}, clock)
    try:
        _prepare(stage)
        lines = list(_answered(stage, page.splitlines(), clock))
        clock.pass_by(days=3, hours=7)
        clock.pass_by(minutes=-_BETWEEN * len(rows(page)))
        Evening().send(stage.runtime.database, clock())
        shown = "\n".join([*map(_Letters(stage).found, lines), ""])
        return _WORDS.sub(lambda _: _WORDS_HEAD + _all_words(), shown)
    finally:
        stage.runtime.close()


def _prepare(stage: Stage) -> None:
    """Make what the page says of the people in it."""
    for number, role in (
        (AGNES, Role.RECORDER),
        (VET, Role.VETERINARY_OFFICER),
        (CHIEF, Role.VETERINARY_OFFICER),
        (INSPECTOR, Role.INSPECTOR),
        (ABATTOIR, Role.ABATTOIR),
    ):
        stage.appoint(number, role)
    for number in (MARIA, AGNES, VET, INSPECTOR, ABATTOIR, RUTH):
        stage.send(number, "INGLIS")
    stage.send(MARIA, "ME")
    stage.send(PETER, "PLES Goroka, Eastern Highlands")
    vet = stage.token(VET, Role.VETERINARY_OFFICER)
    roadblock = {"kind": "roadblock", "province": "Jiwaka", "beyond_province": "Eastern Highlands"}
    stage.call(vet, "POST", "/api/v1/premises", roadblock)
    stage.send(PETER, "RAITIM 598000000000090")
    stage.send(PETER, "MUVIM 598000000000090 1068")
    stage.send(MARIA, "REG 598000000000058")
    publish(stage, "tobacco")
    answers = ("2", "1", "34", "YES", "John", "2", "Jiwaka", "1", "5", "9 Dec")
    for text in ("QUIT", *answers):
        stage.send(JOHN, text)


def _answered(stage: Stage, lines: list[str], clock: Calendar) -> Iterator[str]:
    sender = MARIA
    for line in lines:
        if line.startswith("#"):
            sender = SENDERS.get(line.strip("# "), MARIA)
        if line == _COUNTING:
            _open_census(stage)
        cells = _cells(line)
        if not _is(cells, _ROW):
            yield line
            continue
        row = Row(*cells)
        clock.pass_by(minutes=_BETWEEN)
        before = stage.inbox(sender)
        reply = stage.send(sender, _with_secrets(row.examples[0], "\n".join(before)))
        if len(stage.inbox(sender)) == len(before):
            raise RuntimeError(f"no answer to {row.examples[0]}")
        yield _line(row._replace(answer=_shown(reply)))


def _open_census(stage: Stage) -> None:
    """Let two officers open a count of the pigs of Jiwaka, which asks at once."""
    vet, chief = (stage.token(one, Role.VETERINARY_OFFICER) for one in (VET, CHIEF))
    days = {"first_day": "2026-11-25", "last_day": "2026-12-20"}
    stage.call(vet, "POST", "/api/v1/censuses", {"province": "Jiwaka", **days})
    stage.call(chief, "POST", "/api/v1/censuses/C-2026-1/open")
    keep_censuses(stage.runtime.database, stage.runtime.clock(), 7)
    stage.keep()
    asked = stage.send(MARIA, f"ACCEPT {AGNES[4:]}")
    stage.send(MARIA, _CODES.findall(asked)[-1])


def _all_words() -> str:
    """Write what else each phrase may begin with."""
    lines = []
    for phrase in PHRASES:
        others = {
            language: [f"`{word}`" for word in words[1:] if not _is_opened(word, words)]
            for language, words in phrase.keywords.items()
        }
        if any(others.values()):
            said = (f"`{phrase.keywords['en'][0]}`", *map(", ".join, others.values()))
            lines += [f"| {' | '.join(said)} |"]
    return "".join(f"{line}\n" for line in dict.fromkeys(lines))


def _is_opened(word: str, words: tuple[str, ...]) -> bool:
    """Tell whether a keyword is another one after a beginning of ours: `I want a PERMIT`."""
    openings = (word.removesuffix(f" {other}") for other in words)
    return any(one != word and (one == "I" or one != one.upper()) for one in openings)


class _Letters:
    """Looks for the texts that nobody asked for, by how they begin."""

    def __init__(self, stage: Stage) -> None:
        self._inboxes = {who: stage.inbox(number) for who, number in PEOPLE.items()}

    def found(self, line: str) -> str:
        """Return the line as it is, or with the newest text whose first three words are these."""
        cells = _cells(line)
        if not _is(cells, _LETTER) or cells[0] not in PEOPLE:
            return line
        opening = " ".join(cells[2].split()[:3])
        texts = [text for text in self._inboxes[cells[0]] if text.startswith(opening)]
        return _line((*cells[:2], _shown(texts[-1]) if texts else f"{opening}: never sent"))


def _with_secrets(text: str, inbox: str) -> str:
    """Put the newest receipt and code of a phone in place of those that the page shows."""
    for shown, real in ((RECEIPT, _RECEIPTS), (CODE, _CODES)):
        known = real.findall(inbox)
        text = text.replace(shown, known[-1]) if known else text
    return text


def _shown(text: str) -> str:
    return _CODES.sub(CODE, _RECEIPTS.sub(RECEIPT, text))


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split(" | ")] if line[:1] == "|" else []


def _is(cells: list[str], count: int) -> bool:
    """Tell whether a line belongs to a table of so many columns, below its head."""
    return len(cells) == count and cells[0] not in {"to tell or ask", "who"}


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        PAGE.write_text(played(PAGE.read_text(encoding="utf-8"), Path(made)), encoding="utf-8")
