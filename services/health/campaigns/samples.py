"""Quick looks at an audience before its dry run: how many it has, and the first texts."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.health.campaigns.audience import Audience, Reach, Stretch
from services.health.campaigns.audience_query import PARTIES, chunks
from services.health.campaigns.audience_rows import conditions
from services.health.campaigns.model import reach_of, render, wording_of
from services.storage.models import Campaign, Party, Person

_CHUNKS = 5
_FIRST = 3


class QuickCount(NamedTuple):
    """People of an audience.

    Attributes:
        people: whom it reaches; where there are too many to look at each, how many it has at most.
        left_out: of those looked at; None: nobody was.
    """

    people: int
    left_out: int | None

    @property
    def is_exact(self) -> bool:
        """True where each was looked at."""
        return self.left_out is not None


class FirstText(NamedTuple):
    """A text as one of the first people gets it.

    Attributes:
        person_id: of health programmes; None: they know nothing of them.
    """

    language: str
    text: str
    party_id: int
    person_id: int | None


def planned_reach(
    audience: Audience, programme: str | None, languages: Collection[str], *, inviting: bool
) -> Reach:
    """Return whom a campaign would reach that is not drafted yet.

    Args:
        programme: to which it invites; of a broadcast, that of the audience counts.
        languages: in which it has a text.
    """
    if inviting:
        return Reach(audience, programme, members=False, languages=languages)
    return Reach(audience, audience.programme, audience.programme is not None, languages)


def quick_count(session: Session, reach: Reach, now: datetime) -> QuickCount:
    """Count an audience within a moment: each person, or by the database alone."""
    last = session.scalar(select(func.max(Party.id))) or 0
    if last > _CHUNKS * PARTIES:
        return QuickCount(_at_most(session, reach, now), None)
    reasons = [one.reason for _, people in chunks(session, reach, now) for one in people]
    included = reasons.count(None)
    return QuickCount(included, len(reasons) - included)


def _at_most(session: Session, reach: Reach, now: datetime) -> int:
    wishes = conditions(reach, now)
    if wishes:
        wanted = select(func.count(Person.id)).where(Person.link.is_not(None), *wishes)
    else:
        wanted = select(func.count(Party.id))
        if reach.audience.languages:
            wanted = wanted.where(Party.language.in_(reach.audience.languages))
    return session.scalar(wanted) or 0


def first_texts(session: Session, campaign: Campaign, now: datetime) -> Sequence[FirstText]:
    """Return the texts of the first people, if some of the first parties are among them."""
    wording, found = wording_of(campaign), list[FirstText]()
    stretch = Stretch(0, PARTIES)
    for _, people in chunks(session, reach_of(session, campaign), now, ("name",), stretch):
        found += [
            FirstText(
                one.language, render(wording, one.language, one.name), one.party_id, one.person_id
            )
            for one in people
            if one.reason is None
        ]
    return found[:_FIRST]
