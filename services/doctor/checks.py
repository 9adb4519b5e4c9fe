"""Findings about an installation: what is in place, what is wrong, and what to mind."""

import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import inspect, select, text

from chain.connection import connect, signer_address
from chain.errors import ChainError, NotRecorder
from services.core.clock import SharedClock, utc_now
from services.core.errors import NotInPlace, ServiceError
from services.core.roles import Role
from services.core.settings import Settings
from services.doctor.installation import Installation
from services.doctor.warnings import (
    box_warnings,
    clinician_warnings,
    cover_warnings,
    free_warnings,
    help_warnings,
    token_warnings,
    warnings,
)
from services.health.care.concerns import clinician_for
from services.health.conversation.member import read_active
from services.health.versions.store import current_versions
from services.ledger.probe import check_ledger
from services.ledger.recorder_store import ledger_identity
from services.livestock.control.evidence_escalation import waiting_for_an_officer
from services.livestock.control.zoonosis_tasks import provinces_without_health_officer
from services.maintenance.archive import KEYS, key_file
from services.messaging.dispatch.channels import read_circuits
from services.messaging.offices import reachable_holders
from services.storage.database import UNFINISHED
from services.storage.key_check import require_own_key
from services.storage.models import Party, Premises
from services.storage.sending_right import REASONS, Refusal, last_given_at, refusal
from services.storage.server_time import DIFFERS, read_ahead, say_ahead
from sms.circuit import Circuit, CircuitState
from sms.errors import ADVICE
from sms.settings import HERE

_OTHERS_MAY_READ = stat.S_IRGRP | stat.S_IROTH
_OTHERS_MAY_ENTER = stat.S_IXGRP | stat.S_IXOTH
_SECRET_FILES = (*KEYS, "bilum.db", "chain.db")


class Weight(StrEnum):
    """Weight of a finding: it is in place, would better be otherwise, or is wrong."""

    OK = "ok"
    MIND = "mind"
    WRONG = "wrong"


class DoctorFinding(NamedTuple):
    """One finding: what it weighs, and what is so, with what to do; `part` of a check alone."""

    weight: Weight
    part: str
    sentence: str


Check = Callable[[Installation], str]


def examine(
    here: Installation, web_environment: Path, checks: Mapping[str, Check]
) -> Iterator[DoctorFinding]:
    """Yield what would better be otherwise, then what each of the checks finds."""
    for sentence in _remarks(here, web_environment):
        yield DoctorFinding(Weight.MIND, "", sentence)
    for part, check in checks.items():
        try:
            yield DoctorFinding(Weight.OK, part, check(here))
        except (ServiceError, ChainError) as error:
            yield DoctorFinding(Weight.WRONG, part, error.detail)


def _remarks(here: Installation, web_environment: Path) -> Iterator[str]:
    yield from warnings(here.settings, web_environment)
    # What the database does not tell is said by the check of it.
    with suppress(ServiceError):
        if not here.database.is_finished:
            yield UNFINISHED
        told = [*token_warnings(here), *box_warnings(here), *clinician_warnings(here)]
        yield from (*told, *cover_warnings(here), *help_warnings(), *free_warnings(here))
    yield from lacking(here)


def lacking(here: Installation) -> Iterator[str]:
    """Yield who cannot be reached where pigs are kept: no promise is made in their name."""
    try:
        here.database.require_schema()
    except ServiceError:
        # The check of the database says more.
        return
    with here.database.read() as session:
        wanted = select(Premises.province).where(Premises.province.is_not(None)).distinct()
        provinces = sorted(filter(None, session.scalars(wanted)))
        officers = reachable_holders(session, Party.role == Role.VETERINARY_OFFICER.value)
        chiefs = reachable_holders(session, Party.role == Role.ADMINISTRATOR.value)
        undecided = waiting_for_an_officer(session)
        unwatched = provinces_without_health_officer(session)
    there = {one.province for one in officers}
    alone = [province for province in provinces if province not in there]
    if undecided:
        yield (
            f"{undecided} reports about other people's pigs wait: their keepers gave no answer, "
            "and no veterinary officer could be asked"
        )
    if alone:
        others = "those of the whole country" if None in there else "those of other provinces"
        who = f"alarms go to {others}" if officers else "alarms go to nobody"
        yield f"no veterinary officer can be reached in {', '.join(alone)}: {who}"
    if unwatched:
        yield (
            f"no health officer can be reached in {', '.join(unwatched)}: of diseases of pigs that "
            "people get, those of other provinces are told, or nobody"
        )
    if provinces and not chiefs:
        yield "no administrator can be reached: bilum party add --role administrator"


def _database(here: Installation) -> str:
    here.database.require_schema()
    kind = "SQLite" if here.database.is_sqlite else "PostgreSQL"
    return f"{kind}, schema {here.database.revision()}"


def _clock(here: Installation) -> str:
    if here.database.is_sqlite:
        return "this machine's, and nothing else tells a time"
    own = here.clock.own if isinstance(here.clock, SharedClock) else utc_now
    ahead = read_ahead(here.database, own)
    if abs(ahead) > DIFFERS:
        raise NotInPlace(
            f"this machine's clock is {say_ahead(ahead)} the database's, which counts: see to the "
            "time service of both (timedatectl)"
        )
    return "this machine's agrees with the database's, which counts"


def _triggers(here: Installation) -> str:
    query = (
        "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"
        if here.database.is_sqlite
        else "SELECT count(*) FROM pg_trigger WHERE tgrelid = cast(:table AS regclass) "
        "AND tgenabled <> 'D' AND NOT tgisinternal"
    )
    with here.database.read() as session:
        if not inspect(session.connection()).has_table("journal"):
            raise NotInPlace("there is no journal: run `bilum db upgrade`")
        for table in ("erasure", "journal", "ledger_node", "programme_version"):
            if not session.scalar(text(query), {"table": table}):
                raise NotInPlace(f"the triggers that protect {table} are gone: restore or audit")
    return "the journal refuses changes"


def _files(here: Installation) -> str:
    folder = here.settings.data_dir
    files = [key_file(folder, name) for name in _SECRET_FILES]
    found = [file for file in files if file.exists()]
    open_ones = [path.name for path in found if path.stat().st_mode & _OTHERS_MAY_READ]
    if not open_ones:
        return f"{len(found)} files in the data folder, for their owner alone"
    if folder.stat().st_mode & _OTHERS_MAY_ENTER:
        raise NotInPlace(f"others may read {', '.join(open_ones)}: chmod 700 the data folder")
    return f"{len(found)} files in the data folder, which its owner alone may enter"


def _data_key(here: Installation) -> str:
    with here.database.read() as session:
        sealed = require_own_key(session)
    return "opens what is sealed" if sealed else "nothing is sealed yet"


def _ledger(here: Installation) -> str:
    chain = here.settings.chain
    if chain.url is None and not chain.embedded.exists():
        return "the embedded chain is made when recording first starts"
    with here.database.read() as session:
        bound = ledger_identity(session)
    check_ledger(chain, lambda: bound)
    with connect(chain, write=False) as connection:
        identity, size = connection.identity(), connection.ledger.size()
    return f"{size} records at {identity.contract} on chain {identity.chain_id}"


def _signer(here: Installation) -> str:
    chain = here.settings.chain
    if chain.url is None and not chain.embedded.exists():
        return "the embedded chain's own is made when recording first starts"
    address = signer_address(chain)
    if address is None:
        return "no BILUM_SIGNER_KEYSTORE: this process cannot record"
    with connect(chain, write=False) as connection:
        if not connection.ledger.has_recorder_role(address):
            raise NotRecorder(f"{address} lacks the recorder role; the admin can grant it")
    return f"{address} may record"


def _messages(here: Installation) -> str:
    with here.database.read() as session:
        circuits = read_circuits(session)
    return "".join(
        f"\n      {channel}: {'; '.join(_channel(here, channel, circuits.get(channel)))}"
        for channel in here.settings.sms.channels
    )


def _right(here: Installation) -> str:
    with here.database.read() as session:
        why, since = refusal(session), last_given_at(session)
    if why is not None:
        when = (
            "When they may go again"
            if why is Refusal.STOPPED
            else "If the old one is gone for good"
        )
        raise NotInPlace(
            f"nothing is sent: {REASONS[why]}. Texts are taken in, and answers wait. {when}: "
            "bilum db let-send"
        )
    if since is None:
        return "this database may send"
    return f"this database may send: the one before is gone since {since:%Y-%m-%d %H:%M}Z"


def _programmes(here: Installation) -> str:
    with here.database.read() as session:
        found = read_active(session, current_versions(session))
        alone = [
            code
            for code, one in found.items()
            if any(flag.alert for each in one.programmes.values() for flag in each.red_flags)
            and clinician_for(session, code, None) is None
        ]
    if alone:
        raise NotInPlace(
            f"nobody is told of red flags in {', '.join(alone)}: set a clinician "
            "(bilum programme clinicians CODE, with all that it has)"
        )
    return f"open: {', '.join(found)}" if found else "none is approved"


def _channel(here: Installation, channel: str, circuit: Circuit | None) -> Iterator[str]:
    # Without what the channel needs, the settings would not have been read.
    settings = here.settings.sms
    yield "configured"
    if circuit is not None and circuit.state(here.clock()) is not CircuitState.CLOSED:
        code = circuit.code or "-"
        why = f": {ADVICE[code]}" if code in ADVICE else ""
        yield f"circuit open since {circuit.opened_at:%Y-%m-%d %H:%M}Z, code {code}{why}"
    else:
        yield "circuit closed"
    rate = settings.rates.get(channel)
    yield "no limit of its rate" if rate is None else f"at most {rate:g} segments a second"
    yield f"{settings.price_of(channel)} toea a segment"
    if channel != HERE:
        yield _reports(here.settings, channel)


def _reports(settings: Settings, channel: str) -> str:
    if settings.sms.public_url is None:
        return "no delivery reports: BILUM_PUBLIC_URL is not set"
    if channel == "africastalking" and settings.gateway.africastalking_secret is None:
        return "no delivery reports: BILUM_AFRICASTALKING_SECRET is not set"
    return f"delivery reports come to {settings.sms.public_url}"


CHECKS: Mapping[str, Check] = {
    "database": _database,
    "clock": _clock,
    "append-only": _triggers,
    "private files": _files,
    "data key": _data_key,
    "ledger": _ledger,
    "signer": _signer,
    "right to send": _right,
    "messages": _messages,
    "programmes": _programmes,
}
"""Every check by the part that it looks at, in the order in which they are told."""
