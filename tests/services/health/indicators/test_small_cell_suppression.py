"""Nothing that a public table hides can be computed from what it shows."""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction

import pytest

from services.health.indicators.disaggregation import EVERYBODY, Cut, grouped, total_of
from services.health.indicators.facts import count_facts
from services.health.indicators.measures import REMAINDERS, measures
from services.health.indicators.tables import NO_SUPPRESSION, suppress
from tests.services.health.indicators.histories import CODE, NOW, OCTOBER, write_history

PARTS = {
    "expected": ["delivered", "unreported", "not_delivered", "waiting"],
}
REMAINDERS = [one for family in REMAINDERS.values() for one in family]
OUTCOME = ("abstinent", "month1")


def shown_cells(groups, everybody, wanted, hidden):
    """What a reader sees: numerator and denominator of every figure that is not hidden."""
    cells = {}
    for group, row in {EVERYBODY: everybody, **groups}.items():
        for one in wanted:
            if not hidden.hides(one, group):
                facts = [one.numerator, one.denominator]
                cells |= {(group, fact): row[fact] for fact in facts if fact}
    return cells


def equations(groups, everybody):
    """What a reader knows of all tables: groups make everybody, parts make a whole."""
    facts = sorted(everybody)
    for fact in facts:
        yield {(EVERYBODY, fact): 1} | {(group, fact): -1 for group in groups}
    for group in [EVERYBODY, *groups]:
        for whole, parts in PARTS.items():
            yield {(group, (whole,)): 1} | {(group, (part,)): -1 for part in parts}
        for whole, parts in REMAINDERS:
            rest = {(group, ("left", whole, *parts)): 1, (group, (whole,)): -1}
            yield rest | {(group, (part,)): 1 for part in parts}
        for whole in ("opted_out", "screened_out"):
            reasons = [fact for fact in facts if fact[0] == whole and len(fact) > 1]
            yield {(group, (whole,)): 1} | {(group, reason): -1 for reason in reasons}


def computed(shown, known):
    """Every cell that follows from what is shown, by elimination over all that is known."""
    solved = []
    for equation in known:
        row = {cell: Fraction(by) for cell, by in equation.items() if cell not in shown}
        rest = -sum(Fraction(by) * shown[cell] for cell, by in equation.items() if cell in shown)
        line = row, rest
        for pivot, other in solved:
            line = without(line, other, pivot)
        if not line[0]:
            continue
        pivot, by = next(iter(line[0].items()))
        new = {cell: part / by for cell, part in line[0].items()}, line[1] / by
        solved = [(one, without(other, new, pivot)) for one, other in solved]
        solved.append((pivot, new))
    return {pivot: value for pivot, (row, value) in solved if len(row) == 1}


def without(line, other, pivot):
    """A line of which the pivot of another one was eliminated."""
    by = line[0].get(pivot, 0)
    return (combined(line[0], other[0], by), line[1] - by * other[1]) if by else line


def combined(row, other, by):
    new = Counter(row)
    new.subtract({cell: by * part for cell, part in other.items()})
    return {cell: part for cell, part in new.items() if part}


def leaks(groups, wanted, hidden):
    """Small counts, or those left of a whole, that a reader sees or computes."""
    everybody = sum(groups.values(), Counter())
    shown = shown_cells(groups, everybody, wanted, hidden)
    known = shown | computed(shown, equations(groups, everybody))
    money = {("cost",)}
    found = {cell for cell, count in known.items() if 0 < count < 5 and cell[1] not in money}
    for group in [EVERYBODY, *groups]:
        for one in wanted:
            whole, part = (group, one.denominator), (group, one.numerator)
            ends = whole in known and part in known and not one.is_money and not one.is_reason
            if ends and 0 < known[whole] - known[part] < 5:
                found.add((group, one.name))
    return found


@pytest.fixture
def counted(set_up):
    with set_up.read() as session:
        return count_facts(session, CODE, OCTOBER, NOW)


def set_scene(database):
    write_history(database, 11, 500)


@pytest.mark.parametrize("cut", list(Cut))
def test_hide__random_history__leaves_nothing_to_compute(counted, cut):
    groups, wanted = grouped(counted, (cut,)), measures(total_of(counted))
    hidden = suppress(groups, total_of(counted), wanted)
    assert leaks(groups, wanted, hidden) == set()


def test_hide__nothing_hidden__would_leak(counted):
    groups, wanted = grouped(counted, (Cut.AGE,)), measures(total_of(counted))
    nothing = NO_SUPPRESSION
    assert leaks(groups, wanted, nothing)


@pytest.mark.parametrize("seed", range(60))
def test_hide__any_counts__leaves_nothing_to_compute(seed):
    draw = random.Random(seed)  # noqa: S311 — counts, no secret
    groups = {(f"g{number}",): anything(draw) for number in range(draw.randrange(1, 7))}
    everybody = sum(groups.values(), Counter())
    wanted = measures(everybody)
    assert leaks(groups, wanted, suppress(groups, everybody, wanted)) == set()


def anything(draw):
    """Facts of a group that fit each other, small here and there."""

    def up_to(most):
        return draw.choice([0, most, draw.randint(0, most), draw.randint(0, min(most, 6))])

    asked = draw.choice([0, 3, 20, 200])
    answered = up_to(asked)
    parts = {(name,): draw.choice([0, 2, 9, 90]) for name in PARTS["expected"]}
    reasons = {("opted_out", name): draw.choice([0, 1, 8, 30]) for name in ("a", "b", "c")}
    opted_out = sum(reasons.values())
    members = opted_out + draw.choice([0, 4, 40])
    lost = up_to(members - opted_out)
    declined = draw.choice([0, 2, 20])
    eligible = members + draw.choice([0, 2, 30])
    return Counter(
        {
            ("asked",): asked + 10,
            ("answered",): answered,
            ("outcome_asked", *OUTCOME): asked,
            ("outcome_answered", *OUTCOME): answered,
            ("success", *OUTCOME): up_to(answered),
            ("expected",): sum(parts.values()),
            **parts,
            **reasons,
            ("opted_out",): opted_out,
            ("members",): members,
            ("present",): members + declined + draw.choice([0, 2, 30]),
            ("declined",): declined,
            ("paused",): up_to(members - opted_out - lost),
            ("attempts",): eligible + draw.choice([0, 2, 30]),
            ("eligible",): eligible,
            ("activated",): up_to(members),
            ("consented",): members,
            ("lost",): lost,
            ("texted",): draw.choice([0, 3, 30]),
            ("cost",): draw.randint(0, 900),
        }
    )


def rows(**counts):
    return {
        (name,): Counter({("asked",): asked, ("answered",): answered})
        for name, (asked, answered) in counts.items()
    }


def hidden_of(groups):
    everybody = sum(groups.values(), Counter())
    hidden = suppress(groups, everybody, measures(everybody))
    return {"".join(group) for group, family in hidden.families if family == "answers"}


def test_hide__all_large__hides_nothing():
    assert hidden_of(rows(a=(50, 20), b=(60, 30))) == set()


def test_hide__one_small__hides_the_next_smallest_too():
    assert hidden_of(rows(a=(50, 3), b=(60, 30), c=(90, 40))) == {"a", "b"}


def test_hide__few_are_left_of_a_whole__is_small():
    assert hidden_of(rows(a=(50, 48), b=(60, 30), c=(90, 40))) == {"a", "b"}


def test_hide__two_small_ones_are_small_together__hides_a_third():
    assert hidden_of(rows(a=(50, 1), b=(50, 2), c=(90, 40), d=(99, 50))) == {"a", "b", "c"}


def test_hide__two_small_ones_are_large_together__hides_no_third():
    assert hidden_of(rows(a=(50, 4), b=(50, 4), c=(90, 40))) == {"a", "b"}


def test_hide__everybody_is_small__hides_that_too():
    assert hidden_of(rows(a=(50, 3), b=(60, 0))) == {"", "a"}


def test_hide__nobody__is_no_small_count():
    assert hidden_of(rows(a=(50, 0), b=(60, 30))) == set()


def test_hide__a_small_reason__hides_the_next_smallest_too():
    groups = {
        ("a",): Counter(
            {
                ("members",): 90,
                ("opted_out",): 43,
                ("opted_out", "quit"): 3,
                ("opted_out", "no_use"): 10,
                ("opted_out", "too_many"): 30,
            }
        )
    }
    everybody = groups["a",]
    hidden = suppress({}, everybody, measures(everybody))
    assert {fact[1] for fact in hidden.reasons} == {"quit", "no_use"}
    (shown,) = [one for one in measures(everybody) if one.name == "opted_out.too_many"]
    assert not hidden.hides(shown, EVERYBODY)
    assert hidden.hides(shown, ("a",))


def test_hide__reasons_would_tell_what_is_hidden_of_everybody__are_hidden():
    left = {("opted_out",): 3, ("opted_out", "no_use"): 3, ("lost",): 2}
    groups = {
        ("a",): Counter({("members",): 90, **left}),
        ("b",): Counter({("members",): 90, ("opted_out",): 30, ("opted_out", "no_use"): 30}),
    }
    everybody = sum(groups.values(), Counter())
    wanted = measures(everybody)
    hidden = suppress(groups, everybody, wanted)
    assert hidden.reasons == {("opted_out", "no_use")}
    assert leaks(groups, wanted, hidden) == set()


@pytest.mark.parametrize(
    ("family", "few", "many"),
    [
        ("members", {"present": 50, "members": 48, "declined": 2}, {"present": 80, "members": 60}),
        ("way_in", {"attempts": 90, "eligible": 60, "consented": 58}, {"attempts": 80}),
        ("way_in", {"attempts": 90, "eligible": 60, "consented": 60, "activated": 57}, {}),
        ("way_out", {"members": 50, "completed": 30, "opted_out": 17}, {"members": 60}),
        ("way_out", {"members": 50, "completed": 30, "paused": 17}, {"members": 60}),
        ("way_out", {"present": 60, "members": 40, "declined": 10, "silent": 7}, {"present": 60}),
    ],
)
def test_hide__few_are_left_by_subtraction__hides_the_group_and_another(family, few, many):
    groups = {("few",): facts(few), ("many",): facts(many | {"attempts": 70, "present": 90})}
    everybody = sum(groups.values(), Counter())
    hidden = suppress(groups, everybody, measures(everybody))
    assert (("few",), family) in hidden.families
    assert len({group for group, of in hidden.families if of == family}) == 2


def facts(counts):
    return Counter({(name,): count for name, count in counts.items()})
