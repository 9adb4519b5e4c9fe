"""Campaigns on the screen; times are those of Port Moresby, money is kina."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.text import Text

from services.cli.common import add_row, make_table, print_table
from services.health.campaigns.audience import SENTENCES
from services.health.campaigns.figures import DryRun, Progress, Share
from services.health.campaigns.model import wording_of
from services.storage.models import Campaign
from sms.message import DEFAULT_ZONE


def show_campaigns(rows: Iterable[Campaign]) -> None:
    """Print a list of campaigns."""
    table = make_table(("id", "name", "kind", "state", "opens", "closes", "people", "queued"))
    for one in rows:
        window = map(_local, (one.opens_at, one.closes_at))
        add_row(
            table, one.public_id, one.name, one.kind, one.state, *window, one.people, one.queued
        )
    Console().print(table)


def show_campaign(row: Campaign) -> None:
    """Print one campaign."""
    console = Console()
    console.print(Text(f"{row.name}: {row.kind} {row.programme or ''}, {row.state}"))
    console.print(
        f"{_local(row.opens_at)} to {_local(row.closes_at)}, {row.rate} a minute", highlight=False
    )
    console.print(Text(f"paid by {row.payer}"))
    audience = "; ".join(f"{name}: {value}" for name, value in row.audience.items())
    console.print(Text(f"audience: {audience or 'everybody with a number'}"))
    for language, text in wording_of(row).say.items():
        console.print(Text(f"{language}: {text}"))


def show_dry_run(found: DryRun) -> None:
    """Print what a campaign would come to."""
    console = Console()
    total = found.total
    console.print(
        Text(
            f"{total.people} people, {total.segments} segments, {_kina(total.cost)}, "
            f"paid by {found.payer}"
        )
    )
    console.print(
        Text(
            f"the last is queued at {_local(found.ends_at)}"
            if found.ends_at
            else f"the window is too short for {found.unsent} people"
        )
    )
    shares: dict[str, Mapping[str, Share]] = {
        "language": found.languages,
        "province": found.provinces,
        "alphabet": found.encodings,
        "channel": found.channels,
    }
    by = (
        (what, name or "not known", share.people, share.segments, _kina(share.cost))
        for what, parts in shares.items()
        for name, share in sorted(parts.items())
    )
    left_out = ((SENTENCES[reason], many) for reason, many in found.left_out.items())
    hours = ((_local(peak.at), peak.campaign, peak.others) for peak in found.peaks)
    print_table(("by", "", "people", "segments", "cost"), by)
    print_table(("left out", "people"), left_out)
    print_table(("hour", "campaign", "others that wait"), hours)


def show_progress(found: Progress) -> None:
    """Print how far a campaign is."""
    console = Console()
    console.print(
        Text(
            f"{found.state}: {found.queued} of {found.people or 0} queued, {found.delivered} "
            f"delivered, {found.segments} segments, {_kina(found.cost)} so far"
        )
    )
    if found.out_of_window:
        console.print(Text(f"not sent, out of window: {found.out_of_window}"))
    messages = ((one.state, one.reason, one.messages) for one in found.messages)
    minutes = ((_local(at), many) for at, many in found.minutes.items())
    print_table(("state", "reason", "messages"), messages)
    print_table(("minute", "tries"), minutes)


def _kina(toea: int) -> str:
    return f"K {toea / 100:,.2f}"


def _local(at: datetime) -> str:
    return f"{at.astimezone(ZoneInfo(DEFAULT_ZONE)):%Y-%m-%d %H:%M}"
