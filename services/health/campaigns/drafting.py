"""Drafting a campaign; a draft is never changed, and sends nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.health.campaigns.audience import Audience, read_audience
from services.health.campaigns.model import (
    NAMELESS,
    PLANS,
    CampaignKind,
    CampaignState,
    Wording,
    check_texts,
    require_role,
)
from services.health.errors import BadCampaign, NothingApproved, UnknownProgramme
from services.health.format.items import ALL
from services.health.format.model import Programme, with_help
from services.health.format.text_ids import INVITATION
from services.health.versions.store import (
    current,
    programme_in_force,
    programme_of,
    published,
)
from services.storage.models import Campaign, Listed, ProgrammeVersion
from services.texts.catalogue import LANGUAGES

FASTEST = 10_000
LONGEST = timedelta(days=90)
_BAD_AUDIENCE = "The audience has faults: see the fields"


class Draft(NamedTuple):
    """A planner's draft.

    Attributes:
        opens_at, closes_at: UTC; nothing is sent outside.
        rate: most texts a minute.
        texts: of a broadcast, by language.
        programme: whose members get it, or to which it invites. A broadcast to members is always
            the programme's message, and obeys its STOP, consent and discreet mode.
        reference: of a signed document.
    """

    name: str
    kind: CampaignKind
    payer: str
    opens_at: datetime
    closes_at: datetime
    rate: int
    texts: Mapping[str, str]
    audience: Mapping[str, Any]
    programme: str | None = None
    reference: str | None = None


def draft_campaign(session: Session, draft: Draft, author_id: int, now: datetime) -> Campaign:
    """Store a draft.

    Raises: as `make_campaign`.
    """
    made = make_campaign(session, draft, author_id, now)
    session.add(made)
    session.flush()
    return made


def make_campaign(session: Session, draft: Draft, author_id: int, now: datetime) -> Campaign:
    """Return the campaign of a draft, which is not stored: its figures may be counted.

    Raises:
        NotAPlanner: the author has another role.
        BadCampaign: the draft has faults; `fields` names each.
        UnknownProgramme, NothingApproved: the programme does not exist, or is not approved.
    """
    require_role(session, author_id, PLANS)
    _check(draft, now)
    audience = as_named_here(session, read_audience(draft.audience))
    draft = _to_members(draft, audience)
    wording = _wording(session, draft)
    return Campaign(
        public_id=uuid4(),
        name=draft.name.strip(),
        kind=draft.kind.value,
        state=CampaignState.DRAFTED.value,
        programme=draft.programme,
        version_id=max(wording.versions.values(), default=None),
        texts=wording.as_text(),
        audience=audience.as_data(),
        opens_at=draft.opens_at,
        closes_at=draft.closes_at,
        rate=draft.rate,
        payer=draft.payer.strip(),
        reference=draft.reference,
        drafted_by_id=author_id,
        drafted_at=now,
    )


def _check(draft: Draft, now: datetime) -> None:
    inviting = draft.kind is CampaignKind.INVITATION
    long = draft.closes_at - draft.opens_at
    faults = {
        "name": None if draft.name.strip() else "is empty",
        "payer": None if draft.payer.strip() else "is empty: name who pays",
        "opens_at": None
        if timedelta() < long <= LONGEST
        else f"must be before closes_at, by at most {LONGEST.days} days",
        "closes_at": None if draft.closes_at > now else "is over already",
        "rate": None
        if 1 <= draft.rate <= FASTEST
        else f"must be from 1 to {FASTEST} texts a minute",
        "programme": "an invitation needs one" if inviting and not draft.programme else None,
        "texts": "an invitation uses the programme's own" if inviting and draft.texts else None,
    }
    fields = {name: [fault] for name, fault in faults.items() if fault}
    if fields:
        raise BadCampaign("The campaign has faults: see the fields", fields)


def _to_members(draft: Draft, audience: Audience) -> Draft:
    """Make a broadcast to the people of a programme a message of that programme."""
    if draft.kind is CampaignKind.INVITATION or audience.programme is None:
        return draft
    if draft.programme not in (None, audience.programme):
        faults_found = {
            "programme": ["a broadcast to members goes only to people of that programme"]
        }
        raise BadCampaign("The audience has faults: see the fields", {"audience": faults_found})
    return draft._replace(programme=audience.programme)


def _wording(session: Session, draft: Draft) -> Wording:
    if draft.kind is CampaignKind.INVITATION:
        return _invitation(session, draft.programme or "")
    texts = check_texts(draft.texts)
    if draft.programme is None:
        return Wording(texts, NAMELESS)
    programme = _published(session, draft.programme)
    return Wording(texts, NAMELESS | dict(programme.nameless), {}, _revealing(texts, programme))


def _invitation(session: Session, code: str) -> Wording:
    """Return a programme's invitation in each approved language that has one."""
    _published(session, code)
    say, nameless, versions = {}, dict(NAMELESS), {}
    for language in LANGUAGES:
        version = current(session, code, language)
        programme = programme_in_force(session, version) if version else None
        if version is None or programme is None or programme.invitation is None:
            continue
        text = with_help(programme.invitation.in_language(language), language)
        say[language] = text.replace("{title}", programme.title[language])
        versions[language] = programme.source(INVITATION, language, version.id)
        nameless |= {language: programme.nameless.get(language, NAMELESS[language])}
    if not say:
        raise NothingApproved("The programme has no invitation, or it is approved in no language")
    return Wording(say, nameless, versions)


def _published(session: Session, code: str) -> Programme:
    """Return the newest version of a programme that is approved in any language."""
    for version_id, _ in sorted(published(session), reverse=True):
        version = session.get_one(ProgrammeVersion, version_id)
        if version.code == code:
            return programme_in_force(session, version)
    raise UnknownProgramme("No such programme is approved: see `bilum programme list`")


def _revealing(texts: Mapping[str, str], programme: Programme) -> tuple[str, ...]:
    """Return the languages whose text names the programme or its subject."""
    named = {
        language: (*programme.revealing.get(language, ()), title)
        for language, title in programme.title.items()
    }
    return tuple(
        language
        for language, text in texts.items()
        if any(word.casefold() in text.casefold() for word in named.get(language, ()))
    )


def as_named_here(session: Session, audience: Audience) -> Audience:
    """Return an audience with its lists as they are spelt here, whatever the capitals.

    Raises:
        BadCampaign: there is no such programme, cohort or list, so nobody would be reached.
    """
    faults: dict[str, list[str]] = {}
    if audience.programme is not None:
        faults |= _unknown_in(session, audience.programme, audience.cohorts)
    spelt = _spelt(session) if audience.lists else {}
    unknown = [name for name in audience.lists if name.casefold() not in spelt]
    if unknown:
        faults["lists"] = [f"there is no list {name}" for name in unknown]
    if faults:
        raise BadCampaign(_BAD_AUDIENCE, {"audience": faults})
    found = {name for given in audience.lists for name in spelt[given.casefold()]}
    return replace(audience, lists=tuple(sorted(found)))


def _unknown_in(session: Session, code: str, cohorts: Iterable[str]) -> dict[str, list[str]]:
    versions = session.scalars(select(ProgrammeVersion).where(ProgrammeVersion.code == code)).all()
    if not versions:
        return {"programme": [f"there is no programme {code}: see `bilum programme list`"]}
    # Of all versions: members of an old one stay in its cohorts.
    known = {cohort for one in versions for cohort in programme_of(one).cohorts or (ALL,)}
    unknown = [cohort for cohort in cohorts if cohort not in known]
    faults = [f"{cohort} is none of {', '.join(sorted(known))}" for cohort in unknown]
    return {"cohorts": faults} if faults else {}


def _spelt(session: Session) -> dict[str, list[str]]:
    spelt: dict[str, list[str]] = {}
    for name in session.scalars(select(Listed.list_name).distinct()):
        spelt.setdefault(name.casefold(), []).append(name)
    return spelt
