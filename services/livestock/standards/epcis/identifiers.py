"""Private web addresses of things without a GS1 key: templates of CBV 2.0, section 8.

    {base}/obj/{scheme}:{value}           an animal, by any of its numbers; a carcass
    {base}/class/{kind}:{scheme}:{value}  a mob of pigs or a consignment of pork
    {base}/loc/{uuid}                     premises
    {base}/party/{uuid}                   a person or body
    {base}/bt/permit:{number}             a permit

The base must never change: event ids are hashes over these addresses.
"""

from typing import NamedTuple
from urllib.parse import quote, unquote
from uuid import UUID

from services.livestock.domain.model import AnimalKind, Key
from services.livestock.standards.claims import Subject
from services.livestock.standards.errors import UnreadableMember

UNSET_BASE = "https://bilum.invalid"
_CARCASS = "carcass"
_PERMIT = "permit"


class Names(NamedTuple):
    """Writes identifiers below one base address, and reads exactly what it writes."""

    base: str = UNSET_BASE

    def animal(self, key: Key) -> str:
        """Write an animal's number."""
        return self._write("obj", *key)

    def subject(self, subject: Subject) -> str:
        """Write an animal as an object, a mob or a consignment as a class."""
        if subject.kind == AnimalKind.ANIMAL:
            return self.animal(subject.key)
        return self._write("class", subject.kind.value, *subject.key)

    def carcass(self, number: str) -> str:
        """Write the number of a carcass."""
        return self._write("obj", _CARCASS, number)

    def place(self, public_id: UUID) -> str:
        """Write premises."""
        return self._write("loc", str(public_id))

    def party(self, public_id: str) -> str:
        """Write a party."""
        return self._write("party", public_id)

    def permit(self, number: str) -> str:
        """Write a permit."""
        return self._write("bt", _PERMIT, number)

    def read_animal(self, uri: object) -> Key:
        """Read an animal's number.

        Raises:
            UnreadableMember: as every method that reads, where it is not such an address.
        """
        scheme, value = self._read(uri, "obj", 2)
        if scheme == _CARCASS:
            raise UnreadableMember("is a carcass where an animal is wanted")
        return Key(scheme, value)

    def read_group(self, uri: object) -> Subject:
        """Read a mob or a consignment."""
        kind, scheme, value = self._read(uri, "class", 3)
        if kind not in {AnimalKind.MOB, AnimalKind.CONSIGNMENT}:
            raise UnreadableMember("must be a class of the kind mob or consignment")
        return Subject(AnimalKind(kind), Key(scheme, value))

    def read_carcass(self, uri: object) -> str:
        """Read the number of a carcass."""
        return self._read_number(uri, "obj", _CARCASS)

    def read_place(self, uri: object) -> UUID:
        """Read premises."""
        return self._read_uuid(uri, "loc")

    def read_party(self, uri: object) -> str:
        """Read a party."""
        return str(self._read_uuid(uri, "party"))

    def read_permit(self, uri: object) -> str:
        """Read the number of a permit."""
        return self._read_number(uri, "bt", _PERMIT)

    def _write(self, kind: str, *parts: str) -> str:
        return f"{self.base}/{kind}/{':'.join(quote(part, safe='') for part in parts)}"

    def _read(self, uri: object, kind: str, count: int) -> list[str]:
        start = f"{self.base}/{kind}/"
        text = uri if isinstance(uri, str) else ""
        parts = [unquote(part) for part in text.removeprefix(start).split(":")]
        # A database stores no NUL.
        unfit = len(parts) != count or not all(parts) or "\0" in text + "".join(parts)
        if unfit or self._write(kind, *parts) != uri:
            form = ":".join(["…"] * count)
            raise UnreadableMember(f"must be written {start}{form}, each part percent-encoded")
        return parts

    def _read_number(self, uri: object, kind: str, word: str) -> str:
        found, number = self._read(uri, kind, 2)
        if found != word:
            raise UnreadableMember(f"must be written {self.base}/{kind}/{word}:…")
        return number

    def _read_uuid(self, uri: object, kind: str) -> UUID:
        [text] = self._read(uri, kind, 1)
        try:
            public_id = UUID(text)
        except ValueError:
            public_id = None
        if public_id is None or str(public_id) != text:
            raise UnreadableMember(f"must be written {self.base}/{kind}/ and a UUID")
        return public_id
