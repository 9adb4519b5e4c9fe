"""Shapes of DHIS2's API, for what our double takes and gives.

Written after DHIS2's own description, `/api/openapi.json` of release 2.42 ("DHIS2 API", version
2.42, SHA-256 7c39fa21128d7a6ca27b90cba0da8cb43ad8e7f19bb0ecd721a28fd4ccfa08d1, made by
`dhis-2/dhis-web-api/.../openapi` of github.com/dhis2/dhis2-core, BSD 3-Clause): the schemas
`DataValueSet`, `DataValue`, `WebMessage`, `ImportSummary`, `ImportCount`, `ImportConflict`,
`DataElement`, `CategoryCombo`, `OrganisationUnit`, `DataSet`, `Pager`, and the enumerations
`ImportStrategy`, `ImportStatus` and `Status`. Members that we neither send nor read are left out;
the description allows others, but a member of ours that it does not have would be a mistake of
ours, so what is sent may have no other.
"""

from __future__ import annotations

from jsonschema import Draft202012Validator

UID = {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9]{10}$"}
_TEXT, _INTEGER = {"type": "string"}, {"type": "integer"}
_NAMED = {"id": UID, "displayName": _TEXT}

STRATEGIES = {
    "CREATE", "UPDATE", "CREATE_AND_UPDATE", "DELETE", "SYNC", "NEW_AND_UPDATES", "NEW",
    "UPDATES", "DELETES",
}  # fmt: skip
"""`ImportStrategy`."""

PARAMETERS = {"importStrategy", "dryRun"}
"""Of `POST /api/dataValueSets`, as far as we use them."""

LIST_PARAMETERS = {"fields", "filter", "order", "page", "pageSize", "paging"}
"""`GetObjectListParams`."""


def _object(properties: dict, *required: str, closed: bool = False) -> dict:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": not closed,
    }


DATA_VALUE = _object(
    {
        "attributeOptionCombo": UID,
        "categoryOptionCombo": UID,
        "comment": _TEXT,
        "dataElement": UID,
        "orgUnit": UID,
        "period": {"type": "string", "pattern": r"^\d{4}(\d\d|\d{4}|W\d\d?|Q[1-4]|S[12])?$"},
        "value": _TEXT,
    },
    "dataElement",
    "orgUnit",
    "period",
    "value",
    closed=True,
)
DATA_VALUE_SET = _object(
    {
        "attributeOptionCombo": UID,
        "completeDate": _TEXT,
        "dataSet": UID,
        "dataValues": {"type": "array", "items": DATA_VALUE},
        "orgUnit": UID,
        "period": _TEXT,
    },
    "dataValues",
    closed=True,
)
_COUNTS = ("ignored", "deleted", "imported", "updated")
_CONFLICT = _object(
    {
        "errorCode": {"type": "string", "pattern": r"^E\d{4}$"},
        "indexes": {"type": "array", "items": _INTEGER},
        "object": _TEXT,
        "objects": {"type": "object", "additionalProperties": _TEXT},
        "property": _TEXT,
        "value": _TEXT,
    },
    "errorCode",
)
IMPORT_SUMMARY = _object(
    {
        "conflicts": {"type": "array", "items": _CONFLICT},
        "description": _TEXT,
        "importCount": _object(dict.fromkeys(_COUNTS, _INTEGER), *_COUNTS),
        "rejectedIndexes": {"type": "array", "items": _INTEGER},
        "responseType": _TEXT,
        "status": {"enum": ["SUCCESS", "WARNING", "ERROR"]},
    },
    "status",
)
WEB_MESSAGE = _object(
    {
        "errorCode": _TEXT,
        "httpStatus": _TEXT,
        "httpStatusCode": _INTEGER,
        "message": _TEXT,
        "status": {"enum": ["OK", "WARNING", "ERROR"]},
        "response": IMPORT_SUMMARY,
    },
    "httpStatusCode",
    "status",
)
_COMBO = _object(
    {"id": UID, "categoryOptionCombos": {"type": "array", "items": _object(_NAMED, "id")}}, "id"
)
ITEMS = {
    "dataElements": _object({**_NAMED, "categoryCombo": _COMBO}, "id"),
    "organisationUnits": _object({**_NAMED, "level": _INTEGER}, "id"),
    "dataSets": _object({**_NAMED, "periodType": _TEXT}, "id"),
}
"""What the lists hold, by path below `/api/`."""

PAGER = _object(dict.fromkeys(("page", "pageCount", "pageSize", "total"), _INTEGER), "page")


def list_of(name: str) -> dict:
    """The shape of a list: its items, and the pager where there are pages."""
    return _object({name: {"type": "array", "items": ITEMS[name]}, "pager": PAGER}, name)


def faults(value: object, shape: dict) -> list[str]:
    """What of a value does not fit a shape."""
    found = Draft202012Validator(shape).iter_errors(value)
    return [f"{error.json_path}: {error.message}" for error in found]
