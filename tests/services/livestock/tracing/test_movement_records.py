"""The movements behind a chain, their events, and where those are on the ledger."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from chain.ports import BatchState
from services.core.clock import utc_now
from services.ledger.recorder_store import DatabaseRecorderStore
from services.livestock.domain.errors import UnknownNumber, WrongKind, WrongWindow
from services.livestock.domain.model import Key
from services.livestock.recording.identity import find_premises
from services.livestock.recording.outdated import rebuild_outdated
from services.livestock.tracing.chains import Summary
from services.livestock.tracing.model import Direction, TraceWindow, links
from services.livestock.tracing.premises import summarise_all, trace_premises
from services.storage.models import Movement
from tests.factories import day, pig, report, source_place, write

PLACES = [source_place(number) for number in (1, 2, 3)]
DAYS = TraceWindow(day(1), day(30))


def move(database, number, here, there, on):
    """Record both sides of a pig's movement; its two events."""
    one = report("depart", [pig(number)], at=source_place(here), other=source_place(there), on=on)
    two = report("arrive", [pig(number)], at=source_place(there), other=source_place(here), on=on)
    write(database, one, two)
    return one.event_id, two.event_id


def traced(database, number, directions=Direction):
    with database.read() as session:
        return trace_premises(session, source_place(number), DAYS, directions)


def test_trace_premises__two_steps__have_their_events_waiting_then_on_the_chain(database):
    first, second = move(database, 1, 1, 2, day(3)), move(database, 2, 2, 3, day(3))
    store = DatabaseRecorderStore(database, utc_now)
    batch = store.make_batch(4)
    store.move(batch.id, BatchState.INCLUDED)
    found = traced(database, 1).chains[Direction.OUTGOING]
    assert found.degree == 1
    assert [one.steps for one in found.reached.values()] == [1, 2]
    assert [(edge.departure.event_id, edge.arrival.event_id) for edge in found.edges] == [
        first,
        second,
    ]
    # A batch takes records in the order of their commitments, so only all of them are certain.
    rest = store.make_batch(99)
    assert not all(side.on_chain for side in sides(traced(database, 1)))
    store.move(rest.id, BatchState.INCLUDED)
    known = sides(traced(database, 1))
    assert all(side.on_chain for side in known)
    assert len({side.index for side in known}) == 4


def sides(trace):
    edges = [edge for chain in trace.chains.values() for edge in chain.edges]
    return [side for edge in edges for side in (edge.departure, edge.arrival)]


def test_trace_premises__nothing_batched__has_no_index(database):
    move(database, 1, 1, 2, day(3))
    assert [(side.index, side.on_chain) for side in sides(traced(database, 2))] == [
        (None, False)
    ] * 2


def test_trace_premises__one_side_reported__is_an_edge_with_that_evidence_alone(database):
    write(
        database,
        report("arrive", [pig(1)], at=source_place(2), other=source_place(1), on=day(3)),
    )
    (edge,) = traced(database, 1).chains[Direction.OUTGOING].edges
    assert (edge.departed_on, edge.departure, edge.arrived_on) == (None, None, day(3))
    assert edge.arrival is not None


def test_trace_premises__arrival_without_an_origin__comes_from_where_it_was_before(database):
    write(database, report("register", [pig(1)], at=source_place(1), on=day(1)))
    write(database, report("arrive", [pig(1)], at=source_place(2), on=day(3)))
    for root, direction in ((1, Direction.OUTGOING), (2, Direction.INGOING)):
        chain = traced(database, root).chains[direction]
        assert chain.degree == 1
        (edge,) = chain.edges
        assert (edge.derived, edge.departed_on, edge.arrived_on) == (True, None, day(3))
    with database.read() as session:
        assert session.scalar(select(Movement.origin_id)) is None
        rows = dict(summarise_all(session, DAYS))
    assert rows[str(source_place(1))][:2] == (0, 1)
    assert rows[str(source_place(2))][:2] == (1, 0)


def test_trace_premises__origin_that_is_told_or_found_out_later__takes_the_place_of_the_other(
    database,
):
    def origins():
        with database.read() as session:
            names = {one.id: key for key, one in find_premises(session, PLACES).items()}
            columns = select(Movement.origin_id, Movement.derived_origin_id)
            rows = session.execute(columns.order_by(Movement.id))
            return [tuple(names.get(one) for one in row) for row in rows]

    write(database, report("arrive", [pig(1)], at=PLACES[2], on=day(9)))
    assert origins() == [(None, None)]
    write(database, report("register", [pig(1)], at=PLACES[0], on=day(1)))
    assert origins() == [(None, PLACES[0])]
    write(database, report("arrive", [pig(1)], at=PLACES[1], other=PLACES[0], on=day(5)))
    assert origins() == [(None, PLACES[1]), (PLACES[0], None)]
    write(database, report("depart", [pig(1)], at=PLACES[1], other=PLACES[2], on=day(9)))
    assert origins() == [(PLACES[1], None), (PLACES[0], None)]


def test_rebuild_outdated__rows_of_an_earlier_version__learn_where_they_began(database):
    write(database, report("register", [pig(1)], at=PLACES[0], on=day(1)))
    write(database, report("arrive", [pig(1)], at=PLACES[1], on=day(3)))
    with database.write() as session:
        session.execute(update(Movement).values(derived_origin_id=None))
    assert not traced(database, 1).chains[Direction.OUTGOING].edges
    assert rebuild_outdated(database) == 1
    assert traced(database, 1).chains[Direction.OUTGOING].edges
    assert rebuild_outdated(database) == 0


def test_trace_premises__one_direction__has_no_other_chain(database):
    move(database, 1, 1, 2, day(3))
    assert set(traced(database, 1, [Direction.INGOING]).chains) == {Direction.INGOING}


def test_links__several_movements_between_two__are_one(database):
    move(database, 1, 1, 2, day(3))
    move(database, 1, 2, 1, day(4))
    move(database, 1, 1, 2, day(9))
    move(database, 2, 1, 2, day(5))
    (link,) = links(traced(database, 1).chains[Direction.OUTGOING].edges)
    assert link[2:] == (2, day(3), day(9), 6, 0)


@pytest.mark.parametrize(
    ("key", "error"), [(Key("premises", "9"), UnknownNumber), (pig(1), WrongKind)]
)
def test_trace_premises__no_premises_of_that_number__says_so(database, key, error):
    move(database, 1, 1, 2, day(3))
    with database.read() as session, pytest.raises(error):
        trace_premises(session, key, DAYS)


def test_summarise_all__premises_without_contact__are_there_with_zeros(database):
    move(database, 1, 10, 2, day(3))
    write(database, report("register", [pig(3)], at=source_place(3)))
    with database.read() as session:
        assert summarise_all(session, DAYS) == [
            ("premises:2", Summary(1, 0, 1, 0)),
            ("premises:3", Summary()),
            ("premises:10", Summary(0, 1, 0, 1)),
        ]


def test_window__ends_before_it_begins__is_refused():
    with pytest.raises(WrongWindow, match="2026-01-01 is before 2026-01-02"):
        TraceWindow.between(day(2), day(1))
    assert TraceWindow.between(day(1), day(1)) == (day(1), day(1))
