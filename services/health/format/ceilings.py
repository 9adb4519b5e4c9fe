"""The most that a course may cost for one person: plain values, read from a document; pure."""

from typing import NamedTuple

from services.health.format.documents import Node

_MOST = 10_000
_TOEA = 100


class Ceiling(NamedTuple):
    """The most that a course may cost for one person: segments of SMS, or kina; the other is 0."""

    segments: int = 0
    kina: int = 0

    @property
    def toea(self) -> int:
        """Return the kina in hundredths; 0: the ceiling is in segments."""
        return self.kina * _TOEA

    def is_reached(self, segments: int, toea: int) -> bool:
        """Tell whether so many segments, at this price, reach it."""
        return segments >= self.segments if self.segments else toea >= self.toea

    def __str__(self) -> str:
        """Return it as a person reads it."""
        return f"{self.segments} segments" if self.segments else f"K{self.kina}"


def read_ceiling(node: Node) -> Ceiling | None:
    """Read the ceiling, if the file has one: `{segments: 150}` or `{kina: 40}`."""
    if node.missing or not node.members("segments", "kina"):
        return None
    if node.has("segments") == node.has("kina"):
        node.fault("needs `segments` or `kina`, and not both")
        return None
    segments, kina = (node.get(name).whole(0, 1, _MOST) for name in ("segments", "kina"))
    return Ceiling(segments, kina)
