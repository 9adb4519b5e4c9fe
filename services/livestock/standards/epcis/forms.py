"""Table of EPCIS forms by type of event.

Words are those of CBV 2.0. There `killing` ends an RFID tag, and what `sampling` takes from is no
longer used: so a slaughter is `destroying`, a sample from a live animal `inspecting`.
"""

from collections.abc import Mapping
from typing import NamedTuple

from services.livestock.domain.model import AnimalKind, EventType
from services.livestock.standards.claims import ClaimedEvent

OBJECT, ASSOCIATION, TRANSFORMATION = "ObjectEvent", "AssociationEvent", "TransformationEvent"


class Form(NamedTuple):
    """The EPCIS form of an event: kind of event, action, step, disposition."""

    event: str
    action: str | None
    step: str
    disposition: str | None = None


_INSPECTING = Form(OBJECT, "OBSERVE", "inspecting")
_OTHER = Form(OBJECT, "OBSERVE", "other")
_COMMISSIONING = Form(OBJECT, "ADD", "commissioning", "active")
_DESTROYING = Form(OBJECT, "DELETE", "destroying", "destroyed")

# Where several have one form, the first needs no `bilum:type`.
FORMS: Mapping[EventType, Form] = {
    EventType.REGISTER: _COMMISSIONING,
    EventType.BIRTH: _COMMISSIONING,
    EventType.RETAG: Form(ASSOCIATION, "ADD", "commissioning", "active"),
    EventType.TAG_LOST: Form(ASSOCIATION, "DELETE", "decommissioning", "inactive"),
    EventType.COUNT: Form(OBJECT, "OBSERVE", "cycle_counting"),
    EventType.DEPART: Form(OBJECT, "OBSERVE", "departing", "in_transit"),
    EventType.ARRIVE: Form(OBJECT, "OBSERVE", "arriving", "in_progress"),
    EventType.TRANSFER: Form(OBJECT, "OBSERVE", "accepting"),
    EventType.CHECK: _INSPECTING,
    EventType.WEIGHT: _INSPECTING,
    EventType.CONDITION: _INSPECTING,
    EventType.SICKNESS: _INSPECTING,
    EventType.SAMPLE: _INSPECTING,
    EventType.RESULT: _INSPECTING,
    EventType.TREATMENT: _OTHER,
    EventType.VACCINATION: _OTHER,
    EventType.FEED: _OTHER,
    EventType.STATUS: _OTHER,
    EventType.STOLEN: _OTHER,
    EventType.RECOVERED: _OTHER,
    EventType.DECLARATION: _OTHER,
    EventType.DEATH: _DESTROYING,
    EventType.SLAUGHTER: _DESTROYING,
}
CARCASS_FORM = Form(TRANSFORMATION, None, "commissioning", "active")
PORK_FORM = Form(TRANSFORMATION, None, "creating_class_instance", "active")

DISPOSITIONS: Mapping[str, str] = {
    "passed": "conformant",
    "turned_back": "returned",
    "seized": "non_conformant",
}
"""What a check found, by its outcome."""

_USUAL = {form[:3]: kind for kind, form in reversed(list(FORMS.items()))} | {
    CARCASS_FORM[:3]: EventType.SLAUGHTER,
    PORK_FORM[:3]: EventType.REGISTER,
}


def form_of(claim: ClaimedEvent) -> Form | None:
    """Return the form of an event; None: EPCIS has none."""
    if claim.type == EventType.SLAUGHTER and "carcass" in claim.details and claim.subjects:
        return CARCASS_FORM
    one = [subject.kind for subject in claim.subjects] == [AnimalKind.CONSIGNMENT]
    if claim.type == EventType.REGISTER and "pigs" in claim.details and one:
        return PORK_FORM
    form = FORMS.get(claim.type)
    if form and form.event == ASSOCIATION:
        kinds = [subject.kind for subject in claim.subjects]
        return form if kinds == [AnimalKind.ANIMAL] else None
    return form


def usual_type(event: str, action: str | None, step: str) -> EventType | None:
    """Return the type of event of a form without `bilum:type`."""
    return _USUAL.get((event, action, step))


def is_form_of(kind: EventType, event: str) -> bool:
    """Check a type of EPCIS event against one of ours."""
    if event == TRANSFORMATION:
        return kind in {EventType.SLAUGHTER, EventType.REGISTER}
    return kind in FORMS and FORMS[kind].event == event
