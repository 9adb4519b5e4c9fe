"""Sessions of a reader on the terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Column, Table

from services.cli.common import plain
from services.scan.routes import page_words

Told = dict[str, Any]

# What of the headings the page /scan has words for; the others are English in every language.
_WORDS = {
    "pig": "pig",
    "not for\nslaughter\nuntil": "sheet.withdrawal",
    "look at": "state.problem",
    "what is recorded": "review_title",
    "animals": "pigs",
    "receipt": "sheet.receipt",
    "carcass": "sheet.carcass",
    "kg": "sheet.kilograms",
    "before": "sheet.ante_mortem",
    "after": "sheet.post_mortem",
}
# Somebody copies these; and a terminal is often 80 columns wide, as is what reads from a pipe.
_WHOLE = frozenset({"", "tag", "pig", "status", "not for\nslaughter\nuntil", "kg", "receipt"})


def show_session(console: Console, session: Told, language: str) -> None:
    """Show what is known of each animal that was scanned, and what could not be read."""
    headings = ("tag", "pig", "status", "place", "not for\nslaughter\nuntil", "look at")
    table = _table(headings, language)
    for one in session["seen"]:
        place = one["place"] or {"number": one["province"] or "", "name": None}
        table.add_row(
            one["tag"],
            one["number"] or "",
            one["status"] or "not known",
            plain(f"{place['number']} {place['name'] or ''}".strip()),
            one["withdrawal_until"] or "",
            ", ".join([*one["flags"], *(f"order {order['number']}" for order in one["orders"])]),
        )
    console.print(table)
    for fault in session["faults"]:
        console.print(plain(fault["texts"][language]), style="yellow")
    if session["clock"]:
        console.print(session["clock"]["texts"][language], style="yellow")
    console.print(
        f"{session['scans']} scans, {session['animals']} animals, "
        f"{len(session['faults'])} lines that give none"
    )


def show_review(console: Console, review: Told, language: str) -> None:
    """Show what becomes of each animal, and what differs from what the book says."""
    table = _table(("tag", "what is recorded", "why, or what to look at"), language)
    for one in review["animals"]:
        reasons = "\n".join(plain(reason["texts"][language]) for reason in one["reasons"])
        table.add_row(one["tag"], one["verdict"].replace("_", " "), reasons)
    console.print(table)
    for title, tags in (
        ("Should be there, and were not scanned", review["not_seen"]),
        ("Were scanned, and should not be there", review["not_expected"]),
    ):
        if tags:
            console.print(f"{title}: {', '.join(tags)}", style="yellow", soft_wrap=True)
    for warning in review["warnings"]:
        console.print(warning["texts"][language], style="yellow")
    if review["sheet"]:
        console.print(_sheet(review["sheet"], language))
    counts = review["counts"]
    console.print(
        f"{review['as']}, {review['day']}: {counts['record']} to record, "
        f"{counts['refused']} refused, {counts['left_out']} left out"
    )


def show_confirmed(console: Console, done: Told, language: str) -> None:
    """Show the receipts."""
    if done["sheet"]:
        console.print(_sheet(done["sheet"], language))
    table = _table(("event", "animals", "receipt", "look at"), language)
    for one in done["recorded"]:
        flags = ", ".join(f"{flag['animal']} {flag['code']}" for flag in one["flags"])
        table.add_row(one["type"], str(one["animals"]), one["receipt"], flags)
    console.print(table)
    if done["registration_wanted"]:
        wanted = ", ".join(done["registration_wanted"])
        console.print(f"Register these: {wanted}", style="yellow", soft_wrap=True)


def _table(headings: Sequence[str], language: str) -> Table:
    """Make a table in which what must be whole is whole, and the rest goes on below."""
    columns = (
        Column(_heading(one, language), no_wrap=one in _WHOLE, overflow="fold") for one in headings
    )
    return Table(
        *columns, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False
    )


def _heading(english: str, language: str) -> str:
    code = _WORDS.get(english)
    return english if language == "en" or code is None else page_words()[code][language].lower()


def _sheet(sheet: Told, language: str) -> Table:
    where = sheet["premises"] or {"number": "", "name": None}
    title = f"{where['number']} {where['name'] or ''}, {sheet['day']}, {sheet['place']}"
    headings = ("", "tag", "carcass", "kg", "before", "after", "receipt")
    table = _table(headings, language)
    table.title = plain(title)
    lines = sorted([*sheet["lines"], *sheet["withheld"]], key=lambda line: line["order"])
    for line in lines:
        table.add_row(str(line["order"]), line["tag"], *_cells(line))
    totals = sheet["totals"]
    table.caption = (
        f"{totals['slaughtered']} slaughtered, {totals['withheld']} withheld, "
        f"{totals['kilograms']} kg"
    )
    return table


def _cells(line: Mapping[str, Any]) -> Iterator[str]:
    if "reasons" in line:
        yield "withheld"
        yield from ("", "", "", ",\n".join(reason["code"] for reason in line["reasons"]))
        return
    for name in ("carcass", "kilograms", "ante_mortem", "post_mortem", "receipt"):
        yield plain(str(line[name] or ""))
