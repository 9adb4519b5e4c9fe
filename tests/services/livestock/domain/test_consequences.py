"""The table of consequences: each event type under each condition."""

from __future__ import annotations

from collections import Counter
from itertools import product

import pytest

from services.livestock.domain.consequences import (
    NOTHING,
    OF_STATUS,
    ROWS,
    TABLE,
    Condition,
    Finding,
    flags_of,
    gravest,
)
from services.livestock.domain.model import EventType, FlagCode, Key, Warned
from services.livestock.domain.statuses import StatusKind
from services.texts.catalogue import has_sentence

PIG = Key("bilum", "1553")
# One pair of each row that has a consequence, in the order of the table: flag, warning, alarm.
SAMPLES = {
    ("decision", "stolen"): (None, None, True),
    ("weight", "stolen"): ("seen_while_stolen", "stolen", True),
    ("treatment", "ended"): ("event_after_death", "ended", False),
    ("arrive", "infected"): ("moved_while_infected", "infected", False),
    ("transfer", "contact"): ("moved_while_suspect", "suspect", False),
    ("arrive", "place_infected"): ("moved_at_infected_place", "place", False),
    ("depart", "place_suspect"): ("moved_at_suspect_place", "place", False),
    ("depart", "quarantine"): ("moved_in_quarantine", "left_quarantine", False),
    ("depart", "zone_leaving"): ("left_zone", "left_zone", False),
    ("depart", "zone_entering"): ("entered_zone", "left_for_zone", False),
    ("arrive", "quarantine"): ("moved_in_quarantine", "came_barred", False),
    ("arrive", "zone_leaving"): ("left_zone", "came_barred", False),
    ("arrive", "zone_entering"): ("entered_zone", "came_barred", False),
    ("depart", "standstill"): ("left_in_standstill", "standstill", False),
    ("depart", "no_permit"): ("moved_without_permit", "no_permit", False),
    ("register", "pork_stolen"): ("pork_of_stolen", "pork_stolen", False),
    ("register", "pork_sick"): ("pork_of_sick", "pork_sick", False),
    ("register", "pork_dead"): ("pork_of_dead", "pork_dead", False),
    ("register", "pork_residue"): ("pork_in_withdrawal", "pork_residue", False),
    ("register", "pork_alive"): ("pork_of_living", "pork_alive", False),
    ("register", "pork_early"): ("pork_before_slaughter", "pork_early", False),
    ("register", "pork_unknown"): ("pork_of_unknown", "pork_unknown", False),
    ("register", "pork_others"): ("pork_of_others", "pork_others", False),
    ("register", "pork_heavy"): ("pork_too_heavy", "pork_heavy", False),
    ("arrive", "barred_since"): ("reported_late", None, False),
    ("slaughter", "residue"): ("slaughtered_in_withdrawal", "residue", False),
    ("retag", "tag_gone"): ("tag_out_of_use", "tag_gone", False),
    ("check", "tag_gone"): ("tag_out_of_use", None, False),
    ("retag", "tag_taken"): ("tag_fitted_twice", "tag_taken", False),
    ("birth", "tag_elsewhere"): ("tag_issued_elsewhere", "tag_elsewhere", False),
    ("register", "parent"): ("parent_impossible", "parent", False),
    ("check", "against_the_book"): ("passed_against_book", None, False),
    ("declaration", "sick_lately"): ("declared_healthy", "declared", False),
    ("declaration", "treated_lately"): ("declared_untreated", "declared", False),
    ("declaration", "swill_lately"): ("declared_no_swill", "declared", False),
}


def test_table__every_type_and_condition__stands_in_one_row():
    pairs = Counter(pair for row in ROWS for pair in product(row.types, row.conditions))
    assert set(pairs) == set(product(EventType, Condition))
    assert set(pairs.values()) == {1}


def test_table__every_type_and_status__stands_in_one_row_too():
    assert set(OF_STATUS) == set(StatusKind)
    pairs = {(kind, OF_STATUS[status]) for kind, status in product(EventType, StatusKind)}
    assert pairs <= set(TABLE)
    # Whatever an officer may declare brings something about for an animal that leaves.
    for status in StatusKind:
        then = [TABLE[kind, OF_STATUS[status]] for kind in (EventType.DEPART, EventType.SLAUGHTER)]
        assert any(one.flag is not None for one in then), status


def test_table__every_row_with_a_consequence__has_a_sample():
    held = [row for row in ROWS if row.then != NOTHING]
    for row in held:
        assert any(pair[0] in row.types and pair[1] in row.conditions for pair in SAMPLES), row
    assert len(held) == len(SAMPLES)


@pytest.mark.parametrize("pair", SAMPLES)
def test_row__its_sample__has_this_consequence(pair):
    then = TABLE[EventType(pair[0]), Condition(pair[1])]
    assert (then.flag, then.warning, then.alarm) == SAMPLES[pair]


def test_table__every_warning__has_its_sentence_and_its_flag():
    for then in TABLE.values():
        assert then.warning is None or has_sentence(f"warn.{then.warning}")
        assert then.warning is None or then.flag is not None


def test_care__of_a_suspect_animal__is_welcome():
    for kind in ("treatment", "vaccination", "weight", "feed", "sample", "sickness", "death"):
        assert TABLE[EventType(kind), Condition.SUSPECT] is NOTHING


def test_flags_of__several_conditions__each():
    found = [Finding(Condition.RESIDUE), Finding(Condition.STOLEN)]
    assert flags_of(EventType.SLAUGHTER, found) == [
        FlagCode.SLAUGHTERED_IN_WITHDRAWAL,
        FlagCode.SEEN_WHILE_STOLEN,
    ]


def test_gravest__of_several__is_the_one_to_act_on_with_all_its_animals():
    other = Key("bilum", "1650")
    warned = [
        Warned(PIG, Condition.NO_PERMIT, "no_permit"),
        Warned(PIG, Condition.ZONE_LEAVING, "left_zone"),
        Warned(other, Condition.ZONE_LEAVING, "left_zone"),
    ]
    assert [one.animal for one in gravest(warned)] == [PIG, other]
    assert gravest(warned)[0].code == "left_zone"
    assert gravest([]) == []
