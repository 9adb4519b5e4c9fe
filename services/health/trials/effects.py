"""Effects of a trial on its primary outcome, and the rows that a statistician gets."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from services.health.errors import TrialRunning
from services.health.trials.closing import Decision, note_look
from services.health.trials.estimates import (
    Arm,
    Estimate,
    between_places,
    difference,
    over_strata,
    proportion,
    ratio,
)
from services.health.trials.flow import design_of_row, names_of_arms
from services.health.trials.people import Participant, participants
from services.storage.models import TrialRow
from sms.local_time import local_day

CLUSTERED = (
    "Chance decided by {unit}, so people of one {unit} are alike: the difference is that between "
    "the mean shares of each {unit}, and no share or ratio of persons is given. The export has "
    "the {unit} of each person, by its key."
)
STEPPED = (
    "In a stepped wedge time and arm go together, so no effect is given: analyse the export, which "
    "has the {unit} of each person, by its key, and the day, with a model of both."
)
COLUMNS = (
    *("number", "stratum", "arm", "allocated_on", "due_on", "received", "left", "died"),
    *("answered", "success"),
)


def estimate(session: Session, row: TrialRow, decision: Decision) -> dict[str, Any]:
    """Return the effect of each arm against the last one of the file, and record the look."""
    note_look(session, row, "estimate", decision)
    today = local_day(decision.now)
    people = participants(session, row, decision.now)
    return effects(row, [one for one in people if not one.died and one.is_due(today)])


def effects(row: TrialRow, people: Sequence[Participant]) -> dict[str, Any]:
    """Return successes by arm, and each arm against the last one of the file; pure."""
    design, names = design_of_row(row), names_of_arms(row)
    codes = [arm["code"] for arm in design["arms"]]
    by_person = design["unit"] == "person"
    base = codes[-1] if not design["wedge"] else design["wedge"]["before"]
    measure, note = _effect if by_person else _between, STEPPED if design["wedge"] else CLUSTERED
    counted = {code: _counted(people, code) for code in codes}
    return {
        "trial": f"{row.programme}/{row.code}",
        "closed": row.closed_at is not None,
        "primary": design["primary"],
        "against": names[base],
        "arms": sorted(
            (
                {"arm": names[code], **arm._asdict()}
                | {"share": _shown(proportion(arm)) if by_person else None}
                for code, arm in counted.items()
            ),
            key=lambda one: str(one["arm"]),
        ),
        "effects": [
            {"arm": names[code]} | measure(people, code, base) for code in codes if code != base
        ]
        if not design["wedge"]
        else [],
        "not_given": None if by_person else note.format(unit=design["unit"]),
    }


def _counted(people: Iterable[Participant], arm: str) -> Arm:
    mine = [one for one in people if one.arm == arm]
    return Arm(sum(one.success for one in mine), len(mine))


def _effect(people: Sequence[Participant], code: str, base: str) -> dict[str, Any]:
    strata: defaultdict[str, list[Participant]] = defaultdict(list)
    for person in people:
        strata[person.stratum].append(person)
    one, other = _counted(people, code), _counted(people, base)
    pairs = [(_counted(some, code), _counted(some, base)) for some in strata.values()]
    return {
        "difference": _shown(difference(one, other)),
        "ratio": _shown(ratio(one, other)),
        "difference_within_strata": _shown(over_strata(pairs)),
        "strata": len(strata),
    }


def _between(people: Sequence[Participant], code: str, base: str) -> dict[str, Any]:
    """Compare places: each counts once, however many people it has."""
    places: defaultdict[tuple[str, str], list[bool]] = defaultdict(list)
    for one in people:
        places[one.arm, one.stratum].append(one.success)
    shares = {
        arm: [sum(won) / len(won) for (of, _), won in places.items() if of == arm]
        for arm in (code, base)
    }
    return {
        "difference": _shown(between_places(shares[code], shares[base])),
        "ratio": None,
        "difference_within_strata": None,
        "strata": len(shares[code]) + len(shares[base]),
    }


def _shown(found: Estimate | None) -> dict[str, float] | None:
    return found and {name: round(value, 6) for name, value in found._asdict().items()}


def export(session: Session, row: TrialRow, decision: Decision) -> Iterator[Mapping[str, object]]:
    """Return each person's row with the arm, after the end, and record that it was read.

    Raises:
        TrialRunning: the trial is not closed.
    """
    if row.closed_at is None:
        raise TrialRunning("Who is in which arm is told when the trial is closed")
    note_look(session, row, "export", decision)
    return map(_row, list(participants(session, row, decision.now)))


def _row(one: Participant) -> Mapping[str, object]:
    told = one._asdict() | {"answered": one.answer is not None}
    return {name: _plain(told[name]) for name in COLUMNS}


def _plain(value: object) -> object:
    if isinstance(value, bool):
        return int(value)
    return "" if value is None else value
