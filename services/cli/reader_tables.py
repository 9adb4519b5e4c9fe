"""Sessions of a reader on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table

from services.cli.common import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import Console

Told = dict[str, Any]


def show_session(console: Console, session: Told, language: str) -> None:
    """Show what is known of each animal that was scanned, and what could not be read."""
    table = Table("tag", "pig", "status", "place", "not for slaughter until", "look at")
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
    table = Table("tag", "what is recorded", "why, or what to look at")
    for one in review["animals"]:
        table.add_row(one["tag"], one["verdict"].replace("_", " "), _reasons(one, language))
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
        console.print(_sheet(review["sheet"]))
    counts = review["counts"]
    console.print(
        f"{review['as']}, {review['day']}: {counts['record']} to record, "
        f"{counts['refused']} refused, {counts['left_out']} left out"
    )


def show_confirmed(console: Console, done: Told) -> None:
    """Show the receipts."""
    if done["sheet"]:
        console.print(_sheet(done["sheet"]))
    table = Table("event", "animals", "receipt", "look at")
    for one in done["recorded"]:
        flags = ", ".join(f"{flag['animal']} {flag['code']}" for flag in one["flags"])
        table.add_row(one["type"], str(one["animals"]), one["receipt"], flags)
    console.print(table)
    if done["registration_wanted"]:
        wanted = ", ".join(done["registration_wanted"])
        console.print(f"Register these: {wanted}", style="yellow", soft_wrap=True)


def _sheet(sheet: Told) -> Table:
    where = sheet["premises"] or {"number": "", "name": None}
    title = f"{where['number']} {where['name'] or ''}, {sheet['day']}, {sheet['place']}"
    table = Table("", "tag", "carcass", "kg", "before", "after", "receipt", title=plain(title))
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
        yield from ("", "", "", ", ".join(reason["code"] for reason in line["reasons"]))
        return
    for name in ("carcass", "kilograms", "ante_mortem", "post_mortem", "receipt"):
        yield plain(str(line[name] or ""))


def _reasons(one: Told, language: str) -> str:
    return "\n".join(plain(reason["texts"][language]) for reason in one["reasons"])
