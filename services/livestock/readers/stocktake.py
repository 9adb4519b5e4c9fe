"""Plan of a stocktake: what was seen is counted, what should be there is listed."""

from sqlalchemy import select

from services.livestock.domain.model import AnimalKind, EventType
from services.livestock.queries.positions import lives_on
from services.livestock.readers.confirmation_input import ConfirmationInput
from services.livestock.readers.plan import (
    Draft,
    Plan,
    admitted,
    doubts,
    listed_numbers,
    unborn,
    warn,
)
from services.storage.models import Animal
from services.storage.rowsets import keys


def plan_stocktake(asked: ConfirmationInput) -> Plan:
    """Plan a count of the animals that were seen (EPCIS: `cycle_counting`), and list the others.

    An unseen animal makes no event: it may be behind the house.
    """
    plan = Plan()
    draft = Draft(EventType.COUNT, asked.keys, {})
    plan.drafts = [admitted(asked, plan, draft)]
    warn(plan, doubts(asked), unborn(asked))
    expected = _expected(asked)
    plan.not_seen = listed_numbers(asked, expected - {ref.id for ref in asked.known.values()})
    plan.not_expected = [
        key for key in asked.keys if (ref := asked.known.get(key)) is None or ref.id not in expected
    ]
    return plan


def _expected(asked: ConfirmationInput) -> set[int]:
    """Return the animals with numbers of their own that the book has at the place that day."""
    if asked.premises is None:
        return set()
    here = [life.id for life in lives_on(asked.session, asked.premises.id, asked.day)]
    single = Animal.kind == AnimalKind.ANIMAL.value
    wanted = select(Animal.id).where(Animal.id.in_(keys(asked.session, here)), single)
    return set(asked.session.scalars(wanted))
