"""Lists of DHIS2 to choose from: data sets, their elements with combinations, and places.

Paths and members as in DHIS2's own description (OpenAPI of 2.42). Each list is bounded; `has_more`
tells that DHIS2 has others.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from services.health.errors import Dhis2Unreachable
from services.health.indicators.dhis2_client import Dhis2Client

T = TypeVar("T")

_MOST = 500
_DEEPEST = 3
"""Levels of places that are offered: the country, regions, provinces; districts lie below."""

_COMBOS = "categoryCombo[id,categoryOptionCombos[id,displayName]]"


class Named(NamedTuple):
    """An object of DHIS2: its id and its name in the language of the token's owner."""

    id: str
    name: str


class DataSet(NamedTuple):
    """A data set and the kind of its periods, such as `Monthly`."""

    id: str
    name: str
    periods: str


class DataElement(NamedTuple):
    """A data element, and its combinations; one without categories has one."""

    id: str
    name: str
    combos: Sequence[Named]


class Unit(NamedTuple):
    """An organisation unit; level 1 is the country."""

    id: str
    name: str
    level: int


class Found(NamedTuple, Generic[T]):
    """Objects in the order of their names, and whether there are more."""

    items: Sequence[T]
    has_more: bool


def data_sets(client: Dhis2Client) -> Found[DataSet]:
    """Read the data sets.

    Raises:
        Dhis2Refused, Dhis2Unreachable: see the client.
    """
    rows, more = _read(client, "dataSets", "id,displayName,periodType")
    return Found([DataSet(*_named(one), str(one.get("periodType"))) for one in rows], more)


def data_elements(client: Dhis2Client, data_set: str) -> Found[DataElement]:
    """Read the elements of a data set; raise as `data_sets` does."""
    fields = f"id,displayName,{_COMBOS}"
    rows, more = _read(client, "dataElements", fields, f"dataSetElements.dataSet.id:eq:{data_set}")
    return Found([DataElement(*_named(one), _combos(one)) for one in rows], more)


def units(client: Dhis2Client) -> Found[Unit]:
    """Read the organisation units of the upper levels; raise as `data_sets` does."""
    fields, above = "id,displayName,level", f"level:le:{_DEEPEST}"
    rows, more = _read(client, "organisationUnits", fields, above)
    return Found([Unit(*_named(one), int(one.get("level") or 0)) for one in rows], more)


def _read(
    client: Dhis2Client, what: str, fields: str, only: str | None = None
) -> tuple[list[Mapping[str, Any]], bool]:
    query = {"fields": fields, "order": "displayName:asc", "pageSize": str(_MOST), "page": "1"}
    answer = client.read(f"/api/{what}", **query, **({"filter": only} if only else {}))
    rows, pager = answer.get(what), answer.get("pager")
    if not isinstance(rows, list):
        raise Dhis2Unreachable("The server that answered is not DHIS2", "not_dhis2")
    total = pager.get("total", 0) if isinstance(pager, dict) else 0
    return [one for one in rows if isinstance(one, dict) and one.get("id")], total > len(rows)


def _named(one: Mapping[str, Any]) -> Named:
    return Named(str(one["id"]), str(one.get("displayName") or one["id"]))


def _combos(one: Mapping[str, Any]) -> list[Named]:
    found = (one.get("categoryCombo") or {}).get("categoryOptionCombos") or ()
    return sorted((_named(each) for each in found), key=lambda each: each.name)
