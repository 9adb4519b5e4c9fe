"""The data key as a ring of keys: those that seal and open, those of the indexes and the links.

Its text is words with white space between, a line each by custom; 64 hexadecimal digits alone, the
key of a new deployment, are a whole ring:

    DIGITS          the newest first: it seals; older ones open what is not sealed anew yet
    index:DIGITS    keys of blind indexes and digests, the newest first; without one they follow
                    from the oldest key
    link:DIGITS     keys of what links the health domain to parties and numbers: as for indexes
    next:DIGITS     an index key that is not in force yet: a rotation was broken off
    next-link:DIGITS    the same of a link key
"""

from dataclasses import dataclass, field

_AES_256 = 32
_INDEX, _LINK, _NEXT, _NEXT_LINK = "index:", "link:", "next:", "next-link:"


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys of 32 bytes, hidden from repr.

    Attributes:
        seals: the newest first; at least one.
        indexes: the newest first; empty: one that follows from the oldest of `seals`.
        pending: the next index key, while the rows are brought under it.
        links: the newest first; empty: one that follows from the oldest of `seals`.
        pending_link: the next link key, while the rows are brought under it.
    """

    seals: tuple[bytes, ...] = field(repr=False)
    indexes: tuple[bytes, ...] = field(default=(), repr=False)
    pending: bytes | None = field(default=None, repr=False)
    links: tuple[bytes, ...] = field(default=(), repr=False)
    pending_link: bytes | None = field(default=None, repr=False)

    def text(self) -> str:
        """Return what `read_ring` reads."""
        lines = [key.hex() for key in self.seals]
        lines += [_INDEX + key.hex() for key in self.indexes]
        lines += [_LINK + key.hex() for key in self.links]
        lines += [_NEXT + self.pending.hex()] if self.pending else []
        lines += [_NEXT_LINK + self.pending_link.hex()] if self.pending_link else []
        return "\n".join(lines) + "\n"


def read_ring(text: str) -> KeyRing:
    """Read a ring.

    Raises:
        ValueError: it is none.
    """
    words = text.split()
    seals = tuple(_key(word) for word in words if ":" not in word)
    indexes, links, pending, pending_link = (
        tuple(_key(word[len(label) :]) for word in words if word.startswith(label))
        for label in (_INDEX, _LINK, _NEXT, _NEXT_LINK)
    )
    known = sum(map(len, (seals, indexes, links, pending, pending_link)))
    if not seals or max(len(pending), len(pending_link)) > 1 or known < len(words):
        raise ValueError
    return KeyRing(seals, indexes, _only(pending), links, _only(pending_link))


def _only(keys: tuple[bytes, ...]) -> bytes | None:
    return keys[0] if keys else None


def _key(digits: str) -> bytes:
    key = bytes.fromhex(digits)
    if len(key) != _AES_256:
        raise ValueError
    return key
