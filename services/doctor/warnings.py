"""Warnings of `bilum doctor`: what works, and would better be otherwise."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from services.api.tokens import list_tokens
from services.core.settings import DEVELOPMENT_WARNING, Settings, is_loopback
from services.core.variables import SIGNERS
from services.doctor.installation import Installation
from services.health.care.concerns import lacking_clinicians
from services.health.linting.consent import lint_cost
from services.health.linting.findings import LintSettings
from services.health.versions.cover import HOMES, missing_cover
from services.health.versions.store import PUBLISHED, published, readable
from services.messaging.operator_alarms import refused_boxes
from services.messaging.village_lists import waiting_lists
from services.texts.help_numbers import directory

WEB_ENVIRONMENT = Path("/etc/bilum/bilum.env")
"""The web's environment file in deploy/."""

_BOUND = "(`bilum village numbers`)"
_ENDS_WITHIN, _UNUSED = timedelta(days=14), timedelta(days=90)


def warnings(settings: Settings, web_environment: Path) -> Iterator[str]:
    """Yield a sentence for each setting that would better be otherwise, with what to do."""
    if settings.development:
        yield DEVELOPMENT_WARNING
    gateway = settings.gateway
    for channel, proof in gateway.proofs().items():
        if proof.secret and gateway.takes_in_address(channel):
            yield (
                f"the secret of {channel} may stand in the address that it calls, where logs keep "
                "it: let it send HTTP Basic or the header Bilum-Secret, then take it out of "
                "BILUM_SECRET_IN_ADDRESS"
            )
    if gateway.public_url and settings.proxy is None and is_loopback(settings.host):
        yield (
            "BILUM_PROXY names no proxy, so all requests through one seem to come from this "
            "machine, and the limits by address do not hold"
        )
    held = _held(web_environment)
    if held:
        yield (
            f"{web_environment}, which web processes read, has {', '.join(held)}: put it into "
            "signer.env beside it, which the worker alone reads"
        )


def token_warnings(here: Installation) -> Iterator[str]:
    """Yield a sentence about the tokens that end soon, and about those that nobody uses."""
    now = here.clock()
    with here.database.read() as session:
        good = [
            one for one in list_tokens(session) if one.revoked_at is None and one.expires_at > now
        ]
        ending = [one.id for one in good if one.expires_at <= now + _ENDS_WITHIN]
        day = (now - _UNUSED).date()
        unused = [one.id for one in good if (one.last_used_on or one.created_at.date()) <= day]
    if ending:
        yield f"tokens that end within 14 days: {_listed(ending)} (`bilum token renew ID`)"
    if unused:
        yield f"tokens that nobody used for 90 days: {_listed(unused)} (`bilum token revoke ID`)"


def box_warnings(here: Installation) -> Iterator[str]:
    """Yield a sentence about lists of numbers that wait, and about each box that was refused."""
    with here.database.read() as session:
        waiting = len(waiting_lists(session))
        refused = [
            f"{one.values['box']} ({one.values['waiting']}, {one.values['error']})"
            for one in refused_boxes(session, here.clock())
        ]
    if waiting:
        yield f"lists of numbers for village boxes that wait for an officer: {waiting} " + _BOUND
    if refused:
        yield (
            f"village boxes of whose texts some were refused today: {', '.join(refused)}; was one "
            "stolen? `bilum device revoke NAME`"
        )


def clinician_warnings(here: Installation) -> Iterator[str]:
    """Yield a sentence about each programme whose members somewhere no clinician can be told of."""
    with here.database.read() as session:
        lacking = lacking_clinicians(session)
    for code, homes in lacking.items():
        where = ", ".join(home or "no known province" for home in homes)
        yield (
            f"no clinician of {code} can be reached for people in {where}: nobody is told of their "
            f"red flags, and no call is promised (bilum programme clinicians {code})"
        )


def cover_warnings(here: Installation) -> Iterator[str]:
    """Yield a sentence for each open programme that lacks a clinician or a rota somewhere."""
    with here.database.read() as session:
        programmes = sorted({row.code for row in session.execute(PUBLISHED)})
        missing = {code: missing_cover(session, code, HOMES) for code in programmes}
    for code, faults in missing.items():
        yield from (f"{code}: {one}" for one in faults)


def help_warnings() -> Iterator[str]:
    """Yield a sentence if nobody has confirmed the numbers that people are told to call."""
    drafts = directory().drafts
    if drafts:
        yield (
            "numbers of ambulance, police and helpline, and hospitals, are drafts that the "
            f"ministry has not confirmed, for {len(drafts)} provinces: "
            "services/texts/help_numbers.toml"
        )


def free_warnings(here: Installation) -> Iterator[str]:
    """Yield a sentence about courses that say they are free, where an answer costs."""
    lint = LintSettings(free=here.settings.sms.free)
    with here.database.read() as session:
        open_now = [(readable(session, key), language) for key, language in published(session)]
    claiming = {
        programme.code
        for programme, language in open_now
        if programme is not None
        for one in lint_cost(programme, lint)
        if one.code == "claims_free" and one.language == language
    }
    if claiming:
        yield (
            f"courses that say that they are free, though an answer costs: "
            f"{', '.join(sorted(claiming))}; have the carriers agreed to a number that costs "
            "nothing? Then set BILUM_SMS_FREE=1"
        )


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))


def _held(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    names = (line.strip().removeprefix("export ").partition("=") for line in lines)
    return [name for name, _, value in names if name in SIGNERS and value.strip()]
