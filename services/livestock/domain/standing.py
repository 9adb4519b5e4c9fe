"""Standing of an animal on a day: its place, its journey, the day its standstill counts from."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from services.livestock.domain.movements import LONGEST_JOURNEY, Move, Sighting, Stay
from services.livestock.domain.stays import in_order


class Trip(NamedTuple):
    """A journey under way.

    Attributes:
        origin, destination: database keys of premises; None: not told.
        left_on: day of its departure.
        moved_on: of the movement before it, from whose day a standstill counted when it left.
    """

    origin: int | None
    destination: int | None
    left_on: date
    moved_on: date | None


class AnimalStanding(NamedTuple):
    """Place of an animal on a day.

    Attributes:
        at: where it stands, or from where it is on its way; None: not known.
        moved_on: day of departure of the movement that brought it here or that it is on; of
            arrival, where no departure is told; None: no movement did.
        trip: the journey under way; None: it stands.
    """

    at: int | None = None
    moved_on: date | None = None
    trip: Trip | None = None


@dataclass(frozen=True, slots=True)
class KnownPlaces:
    """Places known of an animal: of its registration, its movements, its last sighting, its mob.

    `began`: where and when the mobs of a part were registered.
    """

    home: tuple[int, date] | None
    moves: Iterable[Move]
    seen: Sighting | None = None
    began: tuple[tuple[int, date], ...] = ()

    def on(self, day: date) -> AnimalStanding:
        """Return where the animal stands at the end of a local day."""
        found, came_on, registered = self._arrived(day)
        before = found
        for move in self._left(day, found.at, came_on):
            if registered and found.trip is None:
                begun = self._begun(came_on, move.seen, move.left[0])
                found = found._replace(moved_on=begun)
            found = _since(found, before, move.left[0], move.seen)
            before = seen_leaving(found, move.origin)
            found = _leave(before, move)
        return _since(found, before, day, self.seen)

    def last_left(self, day: date) -> Move | None:
        """Return the last departure, if nothing tells of a place after it."""
        found, came_on, _ = self._arrived(day)
        return next(reversed(self._left(day, found.at, came_on)), None)

    def _arrived(self, day: date) -> tuple[AnimalStanding, date, bool]:
        """Return where it was known to be last, since when, and if its registration tells it."""
        (found, came_on), since = self._came(day), self._home()
        if self.home is None or not came_on < since <= day:
            return found, came_on, False
        seen = None if self._turns(day) else self.seen
        return AnimalStanding(self.home[0], self._begun(since, seen, day)), since, True

    def _came(self, day: date) -> tuple[AnimalStanding, date]:
        came_on, found = date.min, AnimalStanding()
        home = (self.home[0], self._home()) if self.home else None
        # Within a day one goes on from where the one before it ended.
        for move in in_order(self.moves, home):
            arrived_on = move.arrived_on
            if move.destination is None or arrived_on is None:
                continue
            if came_on <= arrived_on <= day:
                came_on = arrived_on
                found = AnimalStanding(move.destination, move.departed_on or arrived_on)
        return found, came_on

    def _begun(self, home: date, seen: Sighting | None, day: date) -> date | None:
        """Return the day on which its last movement before its registration began.

        Its registration at another place ends no standstill, or who tags a mob on arrival is free.
        Seen after it where an open journey began, it never left.

        Args:
            seen: the last sighting before what is asked about.
            day: no side of a movement is told between the sighting and it.
        """
        found = None
        for move in self.moves:
            began = move.departed_on or move.arrived_on
            if began is None or began >= home:
                continue
            stayed = move.arrived_on is None and seen is not None and move.origin == seen.premises
            if stayed and seen is not None and self._again(home, move) <= seen.day <= day:
                continue
            found = max(began, found or began)
        return found

    def _again(self, home: date, move: Move) -> date:
        """Return from when being seen where a movement began shows that it never left.

        A registration elsewhere, or one of its mobs', shows that it went, and its day not whether
        it was before or after.
        """
        shown = [(self.home[0] if self.home else None, home), *self.began]
        elsewhere = [on for at, on in shown if at != move.origin and on <= home]
        return max(elsewhere) + timedelta(days=1) if elsewhere else home

    def _turns(self, day: date) -> bool:
        """Tell whether a side of a movement is told of after its registration."""
        return self.home is not None and any(
            side is not None and self.home[1] < side <= day
            for move in self.moves
            for side in (move.departed_on, move.arrived_on)
        )

    def _home(self) -> date:
        """Return since when it was where it was registered: before it left, even if told later."""
        place, since = self.home or (0, date.max)
        return min([since, *self._left_home(place, since)])

    def _left_home(self, place: int, since: date) -> list[date]:
        """Return the days before its registration on which it left from there, as far as is known.

        If a mob of it was registered elsewhere between, it had gone, and was there again.
        """
        elsewhere = [on for at, on in self.began if at != place and on <= since]
        return [
            move.departed_on
            for move in self.moves
            if move.origin == place
            and move.departed_on is not None
            and move.departed_on < since
            and move.arrived_on is None
            and not any(move.departed_on < on for on in elsewhere)
        ]

    def _left(self, day: date, at: int | None, came_on: date) -> list[Move]:
        """Return the departures of which no arrival is told by `day`, and nothing after, in order.

        Of a departure and an arrival of one day, only one from where it came to is the later.
        """
        at_home = self.home is not None and (at, came_on) == (self.home[0], self._home())
        open_then = [
            move
            for move in self.moves
            if move.departed_on is not None
            and came_on <= move.departed_on <= day
            and (move.arrived_on is None or move.arrived_on > day)
            and (move.departed_on > came_on or at_home or move.origin in {None, at})
        ]
        return sorted(open_then, key=lambda move: move.left)


def _since(
    found: AnimalStanding, before: AnimalStanding, day: date, seen: Sighting | None
) -> AnimalStanding:
    """Return where it stands, by what was seen after the last departure, or by long silence."""
    trip = found.trip
    if trip is None:
        return found
    # What was seen on the day itself may have been before it left or after.
    if seen is not None and trip.left_on < seen.day <= day:
        stayed = seen.premises == found.at
        return before if stayed else AnimalStanding(seen.premises, trip.left_on)
    if day > trip.left_on + LONGEST_JOURNEY:
        return AnimalStanding(trip.destination, trip.left_on)
    return found


def seen_leaving(standing: AnimalStanding, origin: int | None) -> AnimalStanding:
    """Return where an animal stood that leaves a place: a departure shows that it was there.

    From where its open journey began: that journey did not happen, and nothing is known of the one
    before it but its day. From anywhere else: it came there by that journey.
    """
    trip = standing.trip
    if trip is None:
        return standing if origin is None else standing._replace(at=origin)
    if origin is not None and origin == standing.at:
        return AnimalStanding(origin, trip.moved_on)
    return AnimalStanding(trip.destination if origin is None else origin, trip.left_on)


def _leave(before: AnimalStanding, move: Move) -> AnimalStanding:
    left_on = move.departed_on or date.min
    return AnimalStanding(
        before.at, left_on, Trip(before.at, move.destination, left_on, before.moved_on)
    )


def presumed_stay(
    moves: Iterable[Move], seen: Sighting | None, today: date, ended_on: date | None = None
) -> Stay | None:
    """Return the stay where the last departure led, of which nobody told the arrival.

    It begins on the day on which it was seen there, or after the longest journey; what was seen
    elsewhere meanwhile is not there.
    """
    last = next(reversed(list(in_order(moves))), None)
    if last is None or last.arrived_on is not None or last.departed_on is None:
        return None
    since = last.departed_on + LONGEST_JOURNEY + timedelta(days=1)
    if seen is not None and seen.day > last.departed_on:
        if seen.premises != last.destination:
            return None
        since = min(since, seen.day)
    if last.destination is None or since > min(today, ended_on or today):
        return None
    return Stay(last.destination, since, ended_on, presumed=True)
