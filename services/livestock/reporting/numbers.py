"""Numbers that machines name in one request, looked up at once."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.geography import zone_of
from services.livestock.domain.errors import UnknownNumber, WrongKind
from services.livestock.domain.model import Key, Scheme
from services.livestock.recording.lookup import chosen_key, not_an_example, read_text
from services.storage.models import Identifier, Premises
from services.storage.rowsets import texts as rowset


class KnownNumber(NamedTuple):
    """A number, and what has it: the database key of an animal, or of premises, if either does."""

    key: Key
    animal: int | None
    premises: int | None
    province: str | None


class Numbers:
    """Reader of numbers; what stands in the database is looked up once for all of them.

    Args:
        texts: numbers that will be asked for; another is looked up when it is.
    """

    def __init__(self, session: Session, texts: Iterable[str] = ()) -> None:
        self.session = session
        self._looked_up: set[str] = set()
        self._rows: dict[Key, KnownNumber] = {}
        self._by_value: dict[str, list[KnownNumber]] = defaultdict(list)
        self._read: dict[tuple[str, str], Key] = {}
        self.look_up(texts)

    def look_up(self, texts: Iterable[str]) -> None:
        """Look up what has some numbers, each as it was typed and as it is read."""
        values = {text.strip() for text in texts}
        read = {key.value for text in values if (key := read_text(text)[0]) is not None}
        new = (values | read) - self._looked_up
        if not new:
            return
        rows = self.session.execute(
            select(
                Identifier.scheme,
                Identifier.value,
                Identifier.animal_id,
                Identifier.premises_id,
                Premises.province,
            )
            .outerjoin(Premises, Premises.id == Identifier.premises_id)
            .where(Identifier.value.in_(rowset(self.session, new)))
            .order_by(Identifier.value, Identifier.scheme)
        )
        for row in rows:
            key = Key(row.scheme, row.value)
            one = KnownNumber(key, row.animal_id, row.premises_id, row.province)
            self._rows[key] = one
            self._by_value[row.value].append(one)
        self._looked_up |= new

    def known(self, text: str, want: str) -> Key:
        """Return the key of an animal or premises that an event may name, known here or not.

        Raises:
            ServiceError: it cannot be read, is of the other kind, or a number never issued.
        """
        if (want, text) not in self._read:
            self.look_up([text])
            key = not_an_example(chosen_key(text, self._with_value(text.strip(), want)), want)
            self._check(key, want)
            self._read[want, text] = key
        return self._read[want, text]

    def zone_at(self, key: Key | None) -> str:
        """Return the zone of premises."""
        row = self._rows.get(key) if key else None
        return zone_of(row.province if row else None)

    def same(self, one: Key, other: Key) -> bool:
        """Tell whether two numbers stand for the same premises."""
        near, far = self._rows.get(one), self._rows.get(other)
        if near is None or far is None:
            return one == other
        return near.premises == far.premises

    def _with_value(self, value: str, want: str) -> list[Key]:
        # A text with its scheme names one number alone.
        rows = [] if ":" in value else self._by_value[value]
        kind = "premises" if want == "premises" else "animal"
        return [row.key for row in rows if getattr(row, kind) is not None]

    def _check(self, key: Key, want: str) -> None:
        row = self._rows.get(key)
        if row is None and key.scheme == Scheme.SHORT:
            raise UnknownNumber(number=key)
        place = key.scheme == Scheme.PREMISES if row is None else row.premises is not None
        animal = (
            key.scheme in {Scheme.ANIMAL, Scheme.OFFICIAL}
            if row is None
            else row.animal is not None
        )
        if not (place if want == "premises" else animal):
            raise WrongKind(key, "premises" if want == "premises" else "an animal")
