"""Shapes of the standards in the API; documents of the standards themselves are only named."""

from marshmallow import INCLUDE, Schema, fields, validate

from services.api.paging import MOST, PageQuery
from services.api.schemas import WholeSchema
from services.livestock.standards.epcis.queries import PARAMETERS

USUAL_EPCIS_PAGE = 30
EPCIS = "EPCIS 2.0 (https://ref.gs1.org/standards/epcis/)"
ICAR = "ICAR Animal Data Exchange 1.3 (https://github.com/adewg/ICAR)"


class EpcisSchema(Schema):
    """A document of EPCIS 2.0: https://ref.gs1.org/standards/epcis/."""

    class Meta:
        """Read by our own code, which names every member that it cannot keep."""

        unknown = INCLUDE


class IcarSchema(Schema):
    """A resource or collection of ICAR ADE 1.3: https://github.com/adewg/ICAR."""

    class Meta:
        """Options of the library, as above."""

        unknown = INCLUDE


class CaptureJobSchema(WholeSchema):
    """State of a capture; all are successful, since captures are done at once."""

    capture_id = fields.UUID(data_key="captureID")
    created_at = fields.DateTime(data_key="createdAt")
    finished_at = fields.DateTime(data_key="finishedAt")
    running = fields.Boolean(validate=validate.Equal(False))  # noqa: FBT003 — a value
    success = fields.Boolean(validate=validate.Equal(True))  # noqa: FBT003 — a value
    behaviour = fields.String(data_key="captureErrorBehaviour", validate=validate.Equal("rollback"))
    errors = fields.List(fields.String())


class EventQuery(Schema):
    """The page; every other parameter is read by our own code, which passes over none."""

    limit = fields.Integer(
        data_key="perPage",
        load_default=USUAL_EPCIS_PAGE,
        validate=validate.Range(1, MOST),
        metadata={"description": "Most events in a page; a page may have fewer, even none."},
    )
    cursor = fields.String(
        data_key="nextPageToken",
        load_default=None,
        validate=validate.Length(1, 512),
        metadata={"description": "Out of the header Link of the page before; it never expires."},
    )


class ModifiedQuery(PageQuery):
    """Page of a collection, limited to changes since an instant."""

    since = fields.AwareDateTime(data_key="meta-modified-from", load_default=None)
    until = fields.AwareDateTime(data_key="meta-modified-to", load_default=None)


class BatchResultSchema(WholeSchema):
    """Result of one resource: `icarBatchResult`."""

    id = fields.UUID(metadata={"description": "Id of its event here."})
    standing = fields.String(
        validate=validate.OneOf(["in_force", "evidence"]),
        metadata={"description": "evidence: it changes nothing before its keeper agrees."},
    )


class BatchSchema(WholeSchema):
    """Results of the resources, in their order."""

    results = fields.List(fields.Nested(BatchResultSchema))


QUERY_PARAMETERS = [
    {
        "in": "query",
        "name": name,
        "schema": {"type": "string"},
        "description": "Of the simple event query of EPCIS 2.0; several values with | between.",
    }
    for name in PARAMETERS
]

_ID = "0e8a5f4c-93d1-5c5e-8d65-1f2c7b9a3e11"
_PLACE = "https://bilum.example/loc/7d9f0c1e-55c2-4f0b-8a4b-1e0c9f3a2b11"
EVENT_EXAMPLE = {
    "@context": [
        "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        {"bilum": "urn:bilum:epcis:"},
    ],
    "type": "ObjectEvent",
    "eventTime": "2026-11-25T12:00:00+10:00",
    "eventTimeZoneOffset": "+10:00",
    "epcList": ["https://bilum.example/obj/iso11784:598000000000017"],
    "action": "OBSERVE",
    "bizStep": "arriving",
    "disposition": "in_progress",
    "readPoint": {"id": _PLACE},
    "bizLocation": {"id": _PLACE},
    "bilum:precision": "day",
}
QUERY_EXAMPLE = {
    "@context": EVENT_EXAMPLE["@context"],
    "type": "EPCISQueryDocument",
    "schemaVersion": "2.0",
    "creationDate": "2026-11-25T01:02:03.000000Z",
    "epcisBody": {
        "queryResults": {
            "queryName": "SimpleEventQuery",
            "resultsBody": {
                "eventList": [
                    {name: value for name, value in EVENT_EXAMPLE.items() if name != "@context"}
                ]
            },
        }
    },
}
JOB_EXAMPLE = {
    "captureID": _ID,
    "createdAt": "2026-11-25T01:02:03+00:00",
    "finishedAt": "2026-11-25T01:02:03+00:00",
    "running": False,
    "success": True,
    "captureErrorBehaviour": "rollback",
    "errors": [],
}
RESOURCE_EXAMPLE = {
    "resourceType": "icarWeightEventResource",
    "id": "8e03978e-40d5-43e8-bc93-6894a57f9324",
    "meta": {"source": "farm.example", "modified": "2026-11-25T01:02:03Z"},
    "animal": {"id": "598000000000017", "scheme": "iso11784"},
    "location": {"id": "20468", "scheme": "bilum"},
    "eventDateTime": "2026-11-25T10:30:00+10:00",
    "weight": {"measurement": 45.5, "units": "KGM", "method": "LoadCell"},
}
COLLECTION_EXAMPLE = {"view": {"pageSize": 50}, "member": [RESOURCE_EXAMPLE]}
BATCH_EXAMPLE = {"results": [{"id": _ID, "standing": "in_force"}]}
EVIDENCE_EXAMPLE = {"results": [{"id": _ID, "standing": "evidence"}]}
