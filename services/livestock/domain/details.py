"""Schemas of `details`: the facts of each event type beside time, place and animals.

One schema a type, used by every channel: what they load is what a canonical record holds, in
values of JSON. None of them has room for a name, a phone number or free text about people.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from services.core.errors import Invalid
from services.livestock.domain.model import EventType

MOST_PIGS = 99_999
MOST_KILOGRAMS = 100_000
MOST_SOURCES = 100
LONGEST = 64
LONGEST_NUMBER = 97
"""A scheme of 32 characters, a colon, and a source's own number of 64 (`gateway.tags`)."""

SEXES = ("female", "male", "castrated")
OUTCOMES = ("passed", "turned_back", "seized")
PURPOSES = ("roadblock", "ante_mortem", "post_mortem", "inspection")
PARTS = (
    "whole", "liver", "lungs", "heart", "kidneys", "intestines", "spleen", "head", "leg", "offal",
)  # fmt: skip
CONDEMNED_FOR = (
    "worms", "cysts", "abscess", "pneumonia", "tuberculosis", "jaundice", "bruising", "dirt",
    "disease", "other",
)  # fmt: skip
CONDEMNATIONS = tuple(f"{part}:{reason}" for part in PARTS for reason in CONDEMNED_FOR)
"""Parts of a carcass that are condemned, with the reason."""
SIGNS = (
    "fever", "not_eating", "weak", "red_skin", "blue_skin", "vomiting", "diarrhoea", "bleeding",
    "cough", "abortion", "lameness", "sudden_death", "other",
)  # fmt: skip
NOTIFIABLE = ("african_swine_fever", "classical_swine_fever", "foot_and_mouth", "anthrax")
"""Diseases of pigs that WOAH lists and whose suspicion is an alarm."""
REPORTABLE = (
    *NOTIFIABLE, "brucellosis", "leptospirosis", "swine_influenza", "japanese_encephalitis",
    "cysticercosis", "rabies",
)  # fmt: skip
"""Diseases that a report may suspect and a result may find: these and some that people get."""
PERMIT_REASONS = (
    "dead", "unknown", "stolen", "record_lost", "infected", "suspect", "contact", "quarantine",
    "zone_leaving", "zone_entering", "unknown_origin", "unknown_destination", "withdrawal",
    "standstill", "uncounted", "not_needed", "wrong_details",
)  # fmt: skip
"""Why a permit is refused or revoked: what bars a movement, or that it was asked for wrongly."""
CAUSES = ("disease", "accident", "predator", "old_age", "culled", "unknown")
DISPOSALS = ("buried", "burned", "rendered", "eaten", "left", "unknown")
REASONS = (
    "first_occurrence_in_country", "first_occurrence_in_zone", "recurrence", "new_strain",
    "recurrence_of_strain", "unexpected_change", "unusual_host",
)  # fmt: skip
"""Reasons for an immediate notification: Terrestrial Animal Health Code, article 1.1.3, point 1."""
MOST_COMMENT = 1_000
VOID_REASONS = ("did_not_occur", "incorrect_data")
"""EPCIS error reasons (CBV 2.0, section 7.5)."""
LIFT_REASONS = ("disease_over", "ruled_out", "replaced", "mistaken")
"""Reasons why an order ends before its day."""


def _text(most: int = LONGEST, **options: Any) -> fields.String:  # noqa: ANN401 — passed through to marshmallow
    fault = "It holds a control character."
    checks = [validate.Length(1, most), validate.Regexp(r"[^\x00-\x1f\x7f]*\Z", error=fault)]
    return fields.String(validate=checks, **options)


def _number(**options: Any) -> fields.String:  # noqa: ANN401 — as above
    return _text(LONGEST_NUMBER, **options)


def _one_of(values: tuple[str, ...], **options: Any) -> fields.String:  # noqa: ANN401 — as above
    return fields.String(validate=validate.OneOf(values), **options)


def _heads(least: int = 0, **options: Any) -> fields.Integer:  # noqa: ANN401 — as above
    return fields.Integer(strict=True, validate=validate.Range(least, MOST_PIGS), **options)


def _kilograms(**options: Any) -> fields.Float:  # noqa: ANN401 — as above
    check = validate.Range(0, MOST_KILOGRAMS, min_inclusive=False)
    return fields.Float(validate=check, **options)


class Details(Schema):
    """Empty details, and the base of the others."""

    class Meta:
        """Options of the library: unknown members are refused."""

        unknown = RAISE


class Registration(Details):
    """An animal's traits; of a mob its heads; of pork its weight, and the pigs it came from."""

    sex = _one_of(SEXES)
    breed = _text()
    colour = _text()
    born = fields.Date()
    dam = _number()
    sire = _number()
    kind = _one_of(("mob", "consignment"))
    head_count = _heads()
    kilograms = _kilograms()
    part_of = _number()
    pigs = fields.List(_number(), validate=validate.Length(1, MOST_SOURCES))
    owner = fields.UUID()

    @validates_schema
    def _only_pork_has_pigs(self, told: Mapping[str, Any], **_: object) -> None:
        if "pigs" in told and told.get("kind") != "consignment":
            raise ValidationError("Only pork comes from pigs.", "pigs")


class Retag(Details):
    """The number that an animal now carries; the old one stays with it."""

    new = _number(required=True)
    lost = _number()


class TagLost(Details):
    """The number that fell off."""

    lost = _number(required=True)


class Count(Details):
    """A mob counted anew, so many taken from it or added to it, or a herd that a census counts."""

    head_count = _heads()
    taken = _heads(1)
    added = _heads(1)
    census = fields.UUID()


class Moving(Details):
    """With which permit; how many, where a mob goes."""

    permit = _text()
    head_count = _heads(1)


class Transfer(Details):
    """From whom to whom, by public id, sold or given."""

    giver = fields.UUID()
    receiver = fields.UUID(required=True)
    terms = _one_of(("sold", "given"), required=True)


class Treatment(Details):
    """A product and how long it keeps the animal from slaughter (meat)."""

    product = _text(required=True)
    dose = fields.Float(validate=validate.Range(0, min_inclusive=False))
    unit = _text()
    batch = _text()
    withdrawal_days = fields.Integer(strict=True, validate=validate.Range(0, 365), load_default=0)


class Weight(Details):
    """A weight, measured or guessed."""

    kilograms = _kilograms(required=True)
    method = _one_of(("scale", "tape", "eye"))


class Feed(Details):
    """Feed that was given."""

    product = _text(required=True)
    kilograms = _kilograms()


class Condition(Details):
    """Body condition, 1 (thin) to 5 (fat)."""

    score = fields.Integer(strict=True, required=True, validate=validate.Range(1, 5))


class Check(Details):
    """Finding of an inspector; `reasons` are codes of the decision.

    `condemned` lists what of a carcass must not be eaten, and why: `liver:worms`.
    """

    purpose = _one_of(PURPOSES, required=True)
    outcome = _one_of(OUTCOMES, required=True)
    reasons = fields.List(_text())
    permit = _text()
    condemned = fields.List(_one_of(CONDEMNATIONS), validate=validate.Length(1, 20))


class Decision(Details):
    """Answer to the question whether an animal may move."""

    allowed = fields.Boolean(required=True)
    reasons = fields.List(_text(), required=True)
    permit = _text()
    slaughter = fields.Boolean()


class Sickness(Details):
    """Signs, number of pigs, and suspicion."""

    signs = fields.List(_one_of(SIGNS), required=True)
    head_count = _heads(1)
    suspicion = _one_of(REPORTABLE)


class Sample(Details):
    """Specimen and its number."""

    specimen = _one_of(("blood", "swab", "tissue", "other"), required=True)
    sample = _text(required=True)
    disease = _one_of(REPORTABLE)


class Result(Details):
    """Finding of a laboratory in a sample."""

    sample = _text(required=True)
    disease = _one_of(REPORTABLE, required=True)
    outcome = _one_of(("positive", "negative", "inconclusive", "unfit"), required=True)
    method = _text()
    laboratory = _text()


class Death(Details):
    """Cause of death and disposal of the body. `head_count` is of a mob."""

    cause = _one_of(CAUSES, load_default="unknown")
    disposal = _one_of(DISPOSALS, load_default="unknown")
    head_count = _heads(1)


class Slaughter(Details):
    """Place of slaughter; carcass number and weight at an abattoir."""

    place = _one_of(("abattoir", "home", "feast"), required=True)
    carcass = _text()
    kilograms = _kilograms()
    head_count = _heads(1)


class Declaration(Details):
    """A seller's word that an animal is healthy, untreated for 30 days, and got no kitchen waste.

    `clean` is False where one of them is not so, or the seller does not know. `buyer` is the public
    id of whom it is said to.
    """

    clean = fields.Boolean(required=True)
    buyer = fields.UUID()


class Allocation(Details):
    """The first and last official number of a range, 15 digits each; issued, or ordered before."""

    first = _text(required=True)
    last = _text(required=True)
    action = _one_of(("ordered",))


class Order(Details):
    """A quarantine or zone; `area` is a commitment: a small area shows a household's point.

    `reason`: why it was lifted.
    """

    action = _one_of(("declared", "lifted"), required=True)
    number = _text(required=True)
    kind = _one_of(("quarantine", "zone"), required=True)
    status = _one_of(("infected", "restricted", "free"))
    disease = _one_of(NOTIFIABLE)
    since = fields.Date(required=True)
    until = fields.Date()
    area = fields.String(required=True)
    reason = _one_of(LIFT_REASONS)


class PermitAction(Details):
    """A permit on its way: asked, issued, refused, revoked, closed."""

    action = _one_of(("asked", "issued", "refused", "revoked", "closed"), required=True)
    first_day = fields.Date(required=True)
    last_day = fields.Date(required=True)
    head_count = _heads(1)
    reasons = fields.List(_one_of(PERMIT_REASONS))


class OutbreakAction(Details):
    """The state that an outbreak comes to."""

    state = _one_of(("suspect", "confirmed", "controlled", "released"), required=True)
    disease = _one_of(NOTIFIABLE, required=True)


class NoticeAction(Details):
    """A text to keepers: its digest, and how many it reaches."""

    action = _one_of(("drafted", "approved"), required=True)
    texts = fields.String(required=True)
    recipients = fields.Integer(strict=True, required=True)


class Notification(Details):
    """The authority's words on an outbreak to WOAH, or the report on it that was sent.

    `reason` and `comment` are of what it describes. `report`, `number`, `on` and `known_at` (UTC)
    name what it sent, and `digest` (SHA-256) proves it: it can be made again from the journal.
    """

    action = _one_of(("described", "sent"), required=True)
    reason = _one_of(REASONS)
    comment = _text(MOST_COMMENT)
    report = _one_of(("immediate", "follow_up", "final"))
    number = fields.Integer(strict=True, validate=validate.Range(1))
    on = fields.Date()
    known_at = _text()
    digest = _text()


class CensusAction(Details):
    """A census on its way: where, on which days, and how many keepers it asks."""

    action = _one_of(("drafted", "opened", "closed"), required=True)
    number = _text(required=True)
    province = _text()
    district = _text()
    first_day = fields.Date(required=True)
    last_day = fields.Date(required=True)
    keepers = fields.Integer(strict=True, required=True)
    without_phone = fields.Integer(strict=True, required=True)


class StatusAction(Details):
    """A status that an officer begins or ends, of animals or of a place.

    Attributes:
        until: first local day on which what begins no longer holds.
        root: public id of the premises from which a trace led here.
    """

    action = _one_of(("begun", "ended"), required=True)
    status = _one_of(("infected", "suspect", "contact", "permit_required"), required=True)
    disease = _one_of(NOTIFIABLE)
    until = fields.Date()
    root = fields.UUID()

    @validates_schema
    def _only_a_beginning_has_an_end(self, data: Mapping[str, Any], **_: object) -> None:
        if data["action"] == "ended" and "until" in data:
            fault = "An end has no end of its own: it ends the status on its own day."
            raise ValidationError(fault, "until")


class Void(Details):
    """The event that is declared wrong, and why; what corrects it, if anything does."""

    corrects = fields.UUID(required=True)
    reason = _one_of(VOID_REASONS, required=True)
    corrected_by = fields.List(fields.UUID())


class Settlement(Details):
    """The evidence that a keeper or an officer agrees with, or objects to."""

    evidence = fields.UUID(required=True)


SCHEMAS: Mapping[EventType, type[Details]] = {
    EventType.PREMISES: Details,
    EventType.ALLOCATION: Allocation,
    EventType.REGISTER: Registration,
    EventType.BIRTH: Registration,
    EventType.RETAG: Retag,
    EventType.TAG_LOST: TagLost,
    EventType.COUNT: Count,
    EventType.DEPART: Moving,
    EventType.ARRIVE: Moving,
    EventType.TRANSFER: Transfer,
    EventType.TREATMENT: Treatment,
    EventType.VACCINATION: Treatment,
    EventType.WEIGHT: Weight,
    EventType.FEED: Feed,
    EventType.CONDITION: Condition,
    EventType.CHECK: Check,
    EventType.DECISION: Decision,
    EventType.SICKNESS: Sickness,
    EventType.SAMPLE: Sample,
    EventType.RESULT: Result,
    EventType.DEATH: Death,
    EventType.SLAUGHTER: Slaughter,
    EventType.DECLARATION: Declaration,
    EventType.ORDER: Order,
    EventType.PERMIT: PermitAction,
    EventType.OUTBREAK: OutbreakAction,
    EventType.NOTICE: NoticeAction,
    EventType.NOTIFICATION: Notification,
    EventType.CENSUS: CensusAction,
    EventType.STATUS: StatusAction,
    EventType.STOLEN: Details,
    EventType.RECOVERED: Details,
    EventType.VOID: Void,
    EventType.AGREE: Settlement,
    EventType.OBJECT: Settlement,
}


@cache
def _schema(kind: EventType) -> Details:
    """Return a schema, which keeps nothing of what it reads; making one takes longer than that."""
    return SCHEMAS[kind]()


def read_details(kind: EventType, given: Mapping[str, Any]) -> dict[str, Any]:
    """Check the details of an event and write them as its canonical record holds them.

    Raises:
        Invalid: `fields` names each wrong field.
    """
    schema = _schema(kind)
    try:
        written: dict[str, Any] = schema.dump(schema.load(dict(given)))
    except ValidationError as error:
        message = "The details are not those of this event: see the fields"
        raise Invalid(message, {"details": error.messages}) from error
    return written
