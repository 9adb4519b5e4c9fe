"""The life of a tag, from papers and events."""

from __future__ import annotations

from datetime import date
from itertools import permutations

from services.livestock.domain.events import Event
from services.livestock.domain.model import EventType, FlagCode, Key, write_key
from services.livestock.domain.owners import ownerships
from services.livestock.domain.tag_life import TagState, TagStep, Wearer, life_of, state_of

TAG, OTHER, THIRD = (Key("iso11784", f"59800000000000{n}") for n in (1, 2, 3))


def event(kind, journal, day, **told):
    party = told.pop("party", None)
    return Event(journal, EventType(kind), date(2026, 11, day), 7, details=told, party=party)


def wore(animal, first, *events):
    return Wearer(animal, first, events)


def told(steps):
    return [(one.state.value, one.on.day, one.animal, one.flag) for one in steps]


def test_life__ordered_issued_fitted_lost_replaced_retired__in_the_order_of_days():
    papers = [
        TagStep(TagState.ISSUED, date(2026, 11, 2), 2),
        TagStep(TagState.ORDERED, date(2026, 11, 1), 1),
    ]
    pig = wore(
        9,
        TAG,
        event("register", 3, 3),
        event("tag_lost", 4, 4, lost=write_key(TAG)),
        event("retag", 5, 5, new=write_key(OTHER)),
        event("death", 6, 6),
    )
    steps = life_of(TAG, papers, [pig])
    assert [one[0] for one in told(steps)] == [
        "ordered", "issued", "fitted", "lost", "replaced", "retired",
    ]  # fmt: skip
    assert state_of(steps) is TagState.RETIRED
    assert {one.flag for one in steps} == {None}
    # The other number of the pig has a life of its own.
    assert [one[0] for one in told(life_of(OTHER, [], [pig]))] == ["fitted", "retired"]
    assert state_of([]) is None


def test_life__of_two_pigs__is_the_same_in_whatever_order_it_was_told():
    first = wore(1, OTHER, event("retag", 8, 3, new=write_key(TAG)))
    second = wore(2, THIRD, event("retag", 5, 20, new=write_key(TAG)))
    for some in permutations([first, second]):
        assert told(life_of(TAG, [], some)) == [
            ("fitted", 3, 1, None),
            ("fitted", 20, 2, FlagCode.TAG_FITTED_TWICE),
        ]


def test_state__range_written_down_after_the_pig__is_that_of_the_pig():
    paper = TagStep(TagState.ISSUED, date(2026, 11, 20), 9)
    assert state_of(life_of(TAG, [paper], [])) is TagState.ISSUED
    pig = wore(1, TAG, event("register", 1, 1))
    assert state_of(life_of(TAG, [paper], [pig])) is TagState.FITTED


def test_life__fitted_after_it_was_lost__is_out_of_use():
    pig = wore(1, TAG, event("register", 1, 1), event("tag_lost", 2, 2, lost=write_key(TAG)))
    thief = wore(2, OTHER, event("retag", 3, 3, new=write_key(TAG)))
    assert told(life_of(TAG, [], [pig, thief]))[-1] == ("fitted", 3, 2, FlagCode.TAG_OUT_OF_USE)


def test_life__evidence_and_losses_of_a_part_of_a_mob__make_no_step():
    said = Event(
        4, EventType.RETAG, date(2026, 11, 4), details={"new": write_key(TAG)}, evidence=True
    )
    some = event("death", 5, 5, head_count=2)
    assert life_of(TAG, [], [wore(1, OTHER, said)]) == []
    assert told(life_of(TAG, [], [wore(1, TAG, event("register", 1, 1), some)])) == [
        ("fitted", 1, 1, None)
    ]


def test_owners__late_and_doubled__go_by_days_and_the_first_registration():
    events = [
        event("register", 1, 1),
        event("transfer", 2, 9, party=22, terms="sold"),
        event("transfer", 3, 4, party=11, terms="given"),
        event("register", 4, 1, party=99),
    ]
    found = [(one.owner, one.since.day, one.until and one.until.day) for one in ownerships(events)]
    assert found == [(None, 1, 4), (11, 4, 9), (22, 9, None)]
