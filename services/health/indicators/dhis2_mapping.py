"""The mapping file of DHIS2: figures to data elements, provinces to organisation units; pure.

A ministry writes it once for a programme: deploy/dhis2-mapping.example.yaml is one.
"""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.core.geography import PROVINCES
from services.health.errors import BadMapping, BadProgramme
from services.health.format.documents import read_document
from services.health.indicators.disaggregation import UNKNOWN, Cut

COUNTRY = "all"
"""Key among the provinces for everybody."""

_UID = validate.Regexp(
    r"[A-Za-z][A-Za-z0-9]{10}\Z", error="No id of DHIS2: a letter, then ten letters or digits."
)
_NAME = validate.Regexp(re.compile(r"[a-z0-9_]+(\.[a-z0-9_-]+){0,3}\Z"))
_PLACES = validate.OneOf([*PROVINCES, UNKNOWN, COUNTRY], error="No province has this name.")
_CUTS = [cut.value for cut in Cut if cut is not Cut.PROVINCE]


class Target(NamedTuple):
    """The data element of a figure, by id, and its category option combinations, by group of a cut.

    `indicator` is code and detail with dots between; its numerator is sent. Without a `combo`, the
    default one.
    """

    indicator: str
    element: str
    combo: str | None
    cut: Cut | None
    combos: Mapping[str, str]


class Dhis2Mapping(NamedTuple):
    """A mapping file, read; `places`: ids of organisation units by province, or `COUNTRY`."""

    programme: str
    data_set: str
    attributes: str | None
    places: Mapping[str, str]
    targets: tuple[Target, ...]

    def has(self, unit: str, element: str) -> bool:
        """Return whether the file has a data element of an organisation unit."""
        return unit in self.places.values() and any(one.element == element for one in self.targets)


def read_mapping(text: str) -> Dhis2Mapping:
    """Read a mapping file, or raise BadMapping whose `fields` name each fault."""
    try:
        document = read_document(text)
    except BadProgramme as error:
        raise BadMapping("The mapping file is not valid YAML", error.fields) from error
    return load_mapping(document)


def load_mapping(document: Any) -> Dhis2Mapping:  # noqa: ANN401 — any YAML or JSON
    """Read the members of a mapping file, or raise BadMapping whose `fields` name each fault."""
    try:
        data = _MappingSchema().load(document)
    except ValidationError as error:
        faults = error.messages_dict
        raise BadMapping(f"Correct the mapping file: {_sentence(faults)}", faults) from error
    return Dhis2Mapping(
        data["programme"],
        data["data_set"],
        data["attributes"],
        data["places"],
        tuple(_target(one) for one in data["targets"]),
    )


def _target(data: Mapping[str, Any]) -> Target:
    cut = Cut(data["by"]) if data["by"] else None
    return Target(data["indicator"], data["element"], data["combo"], cut, data["combos"])


class _TargetSchema(Schema):
    indicator = fields.String(required=True, validate=_NAME)
    element = fields.String(required=True, data_key="dataElement", validate=_UID)
    combo = fields.String(load_default=None, data_key="categoryOptionCombo", validate=_UID)
    by = fields.String(load_default=None, validate=validate.OneOf(_CUTS))
    combos = fields.Dict(
        keys=fields.String(), values=fields.String(validate=_UID), load_default=dict
    )

    @validates_schema
    def whole_or_cut(self, data: Mapping[str, Any], **_: object) -> None:
        """Refuse a cut without combinations, and combinations of no cut."""
        if bool(data.get("by")) != bool(data.get("combos")):
            raise ValidationError("`by` and `combos` belong together.", "combos")


class _MappingSchema(Schema):
    programme = fields.String(required=True)
    data_set = fields.String(required=True, data_key="dataSet", validate=_UID)
    attributes = fields.String(load_default=None, data_key="attributeOptionCombo", validate=_UID)
    places = fields.Dict(
        keys=fields.String(validate=_PLACES),
        values=fields.String(validate=_UID),
        required=True,
        data_key="orgUnits",
        validate=validate.Length(1),
    )
    targets = fields.List(
        fields.Nested(_TargetSchema), required=True, data_key="values", validate=validate.Length(1)
    )

    @validates_schema
    def each_once(self, data: Mapping[str, Any], **_: object) -> None:
        """Refuse two figures for one cell: the second would overwrite the first."""
        units = Counter(data.get("places", {}).values())
        slots = Counter(
            (one["element"], combo)
            for one in data.get("targets", ())
            for combo in (one["combos"].values() or [one["combo"]])
        )
        for name, counted in (("orgUnits", units), ("values", slots)):
            twice = [str(one) for one, count in counted.items() if count > 1]
            if twice:
                raise ValidationError(f"Used twice: {', '.join(twice)}.", name)


def _sentence(faults: object, where: str = "") -> str:
    if isinstance(faults, dict):
        named = ((f"{where}.{key}" if where else str(key), below) for key, below in faults.items())
        return "; ".join(_sentence(below, place) for place, below in named)
    data = faults if isinstance(faults, list) else [faults]
    return f"{where}: {' '.join(map(str, data))}"
