"""Evidence of a programme's texts, as `bilum programme lint` prints it."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from services.health.linting.coverage import Coverage, percent


def print_evidence(told: Coverage) -> None:
    """Print coverage by technique and by source, overdue reviews, and who can act."""
    console = Console()
    console.print(*lines(told), sep="\n")
    if told.techniques:
        console.print(_table(("technique", "", "texts"), _techniques(told)))
    if told.sources:
        console.print(_table(("source", "review", "", "texts"), _sources(told)))


def lines(told: Coverage) -> list[str]:
    """Return the shares of a course in sentences."""
    technique = told.texts - told.no_technique - told.untagged
    texts = (
        f"Evidence of {told.texts} texts: {technique} use a technique "
        f"({percent(technique, told.texts)}), {told.sourced} rest on a document "
        f"({percent(told.sourced, told.texts)}), {told.practice} on practice alone, "
        f"{told.untagged} tell nothing"
    )
    actions = (
        f"{told.action} ask for an action; who lives a day's walk from a clinic can do "
        f"{told.far_ok} of them ({percent(told.far_ok, told.action)})"
    )
    reviews = f"{len(told.overdue)} of {len(told.sources)} sources are overdue for review"
    return [texts, actions, reviews]


def _table(headings: Sequence[str], rows: Sequence[tuple[str, ...]]) -> Table:
    table = Table(*headings)
    for row in rows:
        table.add_row(*row)
    return table


def _techniques(told: Coverage) -> list[tuple[str, ...]]:
    return [(one.number, one.name, str(one.texts)) for one in told.techniques]


def _sources(told: Coverage) -> list[tuple[str, ...]]:
    return [
        (
            one.source.id,
            one.source.review.isoformat(),
            "overdue" if one.overdue else "",
            str(one.texts),
        )
        for one in told.sources
    ]
