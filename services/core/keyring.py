"""The data key as a ring of keys: one that seals, those that still open, those of the indexes.

Its text is words with white space between, a line each by custom; 64 hexadecimal digits alone, the
key of a new deployment, are a whole ring:

    DIGITS          the newest first: it seals; older ones open what is not sealed anew yet
    index:DIGITS    keys of blind indexes and digests, the newest first; without one they follow
                    from the oldest key
    next:DIGITS     an index key that is not in force yet: a rotation was broken off
"""

from dataclasses import dataclass, field

_AES_256 = 32
_INDEX, _NEXT = "index:", "next:"


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys of 32 bytes, hidden from repr.

    Attributes:
        seals: the newest first; at least one.
        indexes: the newest first; empty: one that follows from the oldest of `seals`.
        pending: the next index key, while the rows are brought under it.
    """

    seals: tuple[bytes, ...] = field(repr=False)
    indexes: tuple[bytes, ...] = field(default=(), repr=False)
    pending: bytes | None = field(default=None, repr=False)

    def text(self) -> str:
        """Return what `read_ring` reads."""
        lines = [key.hex() for key in self.seals]
        lines += [_INDEX + key.hex() for key in self.indexes]
        lines += [_NEXT + self.pending.hex()] if self.pending else []
        return "\n".join(lines) + "\n"


def read_ring(text: str) -> KeyRing:
    """Read a ring.

    Raises:
        ValueError: it is none.
    """
    words = text.split()
    seals = tuple(_key(word) for word in words if ":" not in word)
    indexes = tuple(_key(word[len(_INDEX) :]) for word in words if word.startswith(_INDEX))
    pending = [_key(word[len(_NEXT) :]) for word in words if word.startswith(_NEXT)]
    known = len(seals) + len(indexes) + len(pending)
    if not seals or len(pending) > 1 or known < len(words):
        raise ValueError
    return KeyRing(seals, indexes, *pending)


def _key(digits: str) -> bytes:
    key = bytes.fromhex(digits)
    if len(key) != _AES_256:
        raise ValueError
    return key
