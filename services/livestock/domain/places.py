"""Places: where a thing is or goes, names as people write them, distances on the earth."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from services.core.geography import OTHER_NAMES, PROVINCES

# Gauss's mean radius of curvature at 6 degrees south, in kilometres, from the semi-major axis and
# flattening of WGS 84 (NGA.STND.0036, section 3.4): distances in the country err by at most 0.35 %.
# The mean radius of the whole ellipsoid, 6371.009 km, makes them 0.56 % too long northwards.
EARTH_RADIUS = 6357.217


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Known position of premises.

    Attributes:
        premises: database key; None where only a district is known, as beyond a roadblock.
        province, district, llg, ward: names.
        latitude, longitude: degrees of WGS 84.
        kind: of the premises, such as `abattoir`.
    """

    premises: int | None = None
    province: str | None = None
    district: str | None = None
    llg: str | None = None
    ward: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    kind: str | None = None

    @property
    def names(self) -> tuple[str | None, ...]:
        """Province, district, LLG and ward, written as areas compare them."""
        return folded((self.province, self.district, self.llg, self.ward))


NOWHERE = Whereabouts()


@dataclass(frozen=True, slots=True)
class Circle:
    """All points within a distance of a centre, its edge too."""

    latitude: float
    longitude: float
    kilometres: float

    def contains(self, latitude: float, longitude: float) -> bool:
        """Compare the great-circle distance (haversine: Sinnott, Sky & Telescope 68, 1984)."""
        north, here = math.radians(self.latitude), math.radians(latitude)
        across = math.sin(math.radians(longitude - self.longitude) / 2) ** 2
        half = math.sin((here - north) / 2) ** 2 + math.cos(here) * math.cos(north) * across
        return 2 * EARTH_RADIUS * math.asin(math.sqrt(min(1.0, half))) <= self.kilometres


def province_of(name: str) -> str | None:
    """Return the province that a name means, None where there is no such one."""
    return _PROVINCES.get(_plain(name))


def spellings_of(provinces: Iterable[str]) -> list[str]:
    """Return every name under which some provinces, folded, may stand in a row."""
    wanted = set(provinces)
    names = {*PROVINCES, *OTHER_NAMES} | {name.upper() for name in (*PROVINCES, *OTHER_NAMES)}
    return sorted(wanted | {name for name in names if folded((name,))[0] in wanted})


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


_PROVINCES = {_plain(name): name for name in PROVINCES} | {
    _plain(name): province for name, province in OTHER_NAMES.items()
}


@lru_cache(maxsize=1024)
def folded(names: tuple[str | None, ...]) -> tuple[str | None, ...]:
    """Fold names for comparison: a province, then the areas within it."""
    province = names[0] and (province_of(names[0]) or names[0])
    return tuple(_plain(name) if name else None for name in (province, *names[1:]))
