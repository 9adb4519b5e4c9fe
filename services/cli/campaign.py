"""`bilum campaign`: what planners and approvers do; times are those of Port Moresby, money kina."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.text import Text
from sqlalchemy.orm import Session

from services.cli.common import add_row, find_party, make_table, opened, print_table, screen
from services.core.geography import PROVINCES
from services.health.campaigns.audience import SENTENCES, SEXES, STATES
from services.health.campaigns.drafting import Draft, draft_campaign
from services.health.campaigns.figures import DryRun, Progress, Share, dry_run, progress_of
from services.health.campaigns.lifecycle import (
    approve_campaign,
    cancel_campaign,
    pause_campaign,
    resume_campaign,
)
from services.health.campaigns.model import CampaignKind, find_campaign, list_campaigns, wording_of
from services.health.campaigns.running import send_test
from services.storage.models import Campaign
from services.texts.catalogue import LANGUAGES
from sms.local_time import DEFAULT_ZONE

_BY = click.option("--by", metavar="PARTY|PHONE", required=True, help="Who does it.")
_WHICH = click.argument("campaign_id", metavar="ID", type=click.UUID)
_TIME = click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"])
_PARTS = ("provinces", "districts", "languages", "lists", "cohorts", "states")


@click.group()
def campaign() -> None:
    """Campaigns: one text, or one invitation, to many people."""


@campaign.command()
@_BY
@click.option("--name", required=True, help="For your own use.")
@click.option("--payer", required=True, help="Who pays.")
@click.option("--opens", required=True, type=_TIME, help="Local time, such as '2026-11-26 08:00'.")
@click.option("--closes", required=True, type=_TIME, help="Nothing is sent from then on.")
@click.option("--rate", default=60, show_default=True, help="Most texts a minute.")
@click.option("--text", "texts", multiple=True, metavar="en=TEXT", help="{name} is the person's.")
@click.option("--invite", metavar="CODE", help="Invite to this programme, by its own text.")
@click.option("--members", metavar="CODE", help="To the active members of this programme.")
@click.option("--reference", help="Of a signed document.")
@click.option("--province", "provinces", multiple=True, type=click.Choice(PROVINCES))
@click.option("--district", "districts", multiple=True)
@click.option("--sex", type=click.Choice(SEXES))
@click.option("--age-from", type=int)
@click.option("--age-to", type=int)
@click.option("--language", "languages", multiple=True, type=click.Choice(LANGUAGES))
@click.option("--list", "lists", multiple=True, help="An imported list.")
@click.option("--in", "programme", metavar="CODE", help="Members of this programme,")
@click.option("--cohort", "cohorts", multiple=True, help="in this cohort,")
@click.option("--state", "states", multiple=True, type=click.Choice(STATES), help="in this state.")
def draft(by: str, **told: Any) -> None:  # noqa: ANN401 — click's options
    """Draft a campaign and print its id; nothing is sent."""
    with opened() as runtime, runtime.database.write(exclusive=False) as session:
        author = find_party(session, runtime.database.vault, by)
        made = draft_campaign(session, _draft(told), author.id, runtime.clock())
        click.echo(made.public_id)


@campaign.command("list")
def list_all() -> None:
    """List campaigns, newest first."""
    with opened() as runtime, runtime.database.read() as session:
        show_campaigns(list_campaigns(session))


@campaign.command()
@_WHICH
def show(campaign_id: UUID) -> None:
    """Show a campaign: its texts, audience and window."""
    with opened() as runtime, runtime.database.read() as session:
        show_campaign(find_campaign(session, campaign_id))


@campaign.command("dry-run")
@_WHICH
def try_dry(campaign_id: UUID) -> None:
    """Estimate a campaign: people, cost, who is left out, hours, end."""
    with opened() as runtime, runtime.database.read() as session:
        found = find_campaign(session, campaign_id)
        show_dry_run(dry_run(session, found, runtime.settings.sms, runtime.clock()))


@campaign.command("test")
@_WHICH
@_BY
def test_send(campaign_id: UUID, by: str) -> None:
    """Send the texts of a campaign to your own phone."""
    with opened() as runtime, runtime.database.write(exclusive=False) as session:
        party = find_party(session, runtime.database.vault, by)
        found = find_campaign(session, campaign_id)
        sent = send_test(session, found, party.id, runtime.clock())
    screen.print(f"{sent} texts are on their way to you")


@campaign.command()
@_WHICH
@_BY
def approve(campaign_id: UUID, by: str) -> None:
    """Approve a campaign that another person drafted; see `bilum campaign dry-run` first."""
    with opened() as runtime, runtime.database.write(exclusive=False) as session:
        party = find_party(session, runtime.database.vault, by)
        settings, now = runtime.settings.sms, runtime.clock()
        done = approve_campaign(session, campaign_id, party.id, settings, now)
        screen.print(f"{done.name} is approved, for {done.people} people")


@campaign.command()
@_WHICH
@_BY
def pause(campaign_id: UUID, by: str) -> None:
    """Pause a campaign: nothing more is sent for now."""
    _change(campaign_id, by, lambda session, which, party, _: pause_campaign(session, which, party))


@campaign.command()
@_WHICH
@_BY
def resume(campaign_id: UUID, by: str) -> None:
    """Resume a paused campaign."""
    _change(campaign_id, by, resume_campaign)


@campaign.command()
@_WHICH
@_BY
def cancel(campaign_id: UUID, by: str) -> None:
    """Cancel a campaign for good; waiting texts are not sent."""
    _change(campaign_id, by, cancel_campaign)


@campaign.command()
@_WHICH
def progress(campaign_id: UUID) -> None:
    """Show how far a campaign is."""
    with opened() as runtime, runtime.database.read() as session:
        show_progress(progress_of(session, find_campaign(session, campaign_id), runtime.clock()))


def _change(
    campaign_id: UUID, by: str, change: Callable[[Session, UUID, int, datetime], Campaign]
) -> None:
    with opened() as runtime, runtime.database.write(exclusive=False) as session:
        party = find_party(session, runtime.database.vault, by)
        done = change(session, campaign_id, party.id, runtime.clock())
        screen.print(f"{done.name} ({campaign_id}) is {done.state}")


def _draft(told: dict[str, Any]) -> Draft:
    if told["invite"] and told["members"]:
        raise click.UsageError("Give --invite or --members, not both")
    kind = CampaignKind.INVITATION if told["invite"] else CampaignKind.BROADCAST
    one = {name: told[name] for name in ("sex", "age_from", "age_to", "programme")}
    return Draft(
        name=told["name"],
        kind=kind,
        payer=told["payer"],
        opens_at=_utc(told["opens"]),
        closes_at=_utc(told["closes"]),
        rate=told["rate"],
        texts=dict(_text(text) for text in told["texts"]),
        audience={name: told[name] for name in _PARTS} | one,
        programme=told["invite"] or told["members"],
        reference=told["reference"],
    )


def _text(told: str) -> tuple[str, str]:
    language, sign, text = told.partition("=")
    if not sign:
        raise click.UsageError("A text is its language, = and what it says: en=The clinic is open")
    return language.strip(), text


def _utc(local: datetime) -> datetime:
    return local.replace(tzinfo=ZoneInfo(DEFAULT_ZONE)).astimezone(UTC)


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
