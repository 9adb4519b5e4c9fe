"""`bilum programme harms`: adverse events of a programme, for its safety monitor."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import click

from services.cli.common import DAY, opened, print_table
from services.health.care.harms import AdverseEvent, adverse_events
from services.health.courses.schedule import instant
from services.health.versions.store import find_version
from sms.local_time import DEFAULT_ZONE

_ONE_DAY = timedelta(days=1)
_HEADINGS = (
    *("at", "kind", "danger", "code", "province", "told", "minutes to act", "outcome"),
    "last answer",
)


@click.command()
@click.argument("code")
@click.option("--from", "first", type=DAY, required=True, help="First local day.")
@click.option("--to", "last", type=DAY, required=True, help="Last local day.")
@click.option("--json", "as_json", is_flag=True, help="One line a concern, for machines.")
def harms(code: str, first: datetime, last: datetime, *, as_json: bool) -> None:
    """List each concern of the programme CODE: what it was, who acted how fast, how it ended.

    It names nobody; who was in danger stands in the list of concerns, for clinicians.
    """
    midnight = datetime.min.time()
    since = instant(first.date(), midnight, DEFAULT_ZONE)
    until = instant(last.date() + _ONE_DAY, midnight, DEFAULT_ZONE)
    with opened() as runtime, runtime.database.read() as session:
        found = list(adverse_events(session, since, until, find_version(session, code).code))
    if as_json:
        for one in found:
            click.echo(json.dumps(_as_json(one)))
        return
    print_table(_HEADINGS, _rows(found))


def _rows(found: list[AdverseEvent]) -> Iterator[tuple[object, ...]]:
    for one in found:
        yield (
            f"{one.at:%Y-%m-%d %H:%M}",
            one.kind,
            one.danger,
            one.code or "-",
            one.province or "-",
            "yes" if one.told else "no",
            "-" if (minutes := _minutes(one)) is None else minutes,
            one.outcome,
            one.last_answer or "-",
        )


def _minutes(one: AdverseEvent) -> int | None:
    return None if one.acted_after is None else int(one.acted_after.total_seconds() // 60)


def _as_json(one: AdverseEvent) -> dict[str, object]:
    named = one._asdict() | {"id": str(one.id), "at": one.at.isoformat()}
    named.pop("acted_after")
    return named | {"minutes_to_act": _minutes(one)}
