"""Sender, numbers, place and day of a livestock message; its events, and their acknowledgement."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, NamedTuple, cast

from gateway.dates import CalendarDay, ClaimedDay, Toward
from gateway.tags import Identifier
from services.core.geography import zone_of
from services.core.roles import OFFICERS, Role
from services.livestock.confirmations.ask_first import require_yes
from services.livestock.control.alarm_senders import BOX, PARTY, SenderKey
from services.livestock.control.alarms import Caller
from services.livestock.control.odd_reports import Reporter, look_at
from services.livestock.control.owner_notices import TOLD_TO_OWNERS, tell_owners
from services.livestock.control.thefts import tell_sights
from services.livestock.control.warnings import named_in, warning_text, warnings_of
from services.livestock.domain.actors import Actor, Strength
from services.livestock.domain.errors import (
    FutureDay,
    NotAMob,
    NotYourPlace,
    OfficersOnly,
    OnlyAnExample,
    PastDay,
    TooMany,
)
from services.livestock.domain.model import (
    AnimalKind,
    EventType,
    FlagCode,
    Key,
    Occurred,
    Origin,
    PremisesRef,
    Recorded,
    Report,
    SecretSubject,
    Warned,
    event_id,
)
from services.livestock.recording import identity
from services.livestock.recording.identity import ensure_premises, find_premises
from services.livestock.recording.lookup import require_animal
from services.livestock.recording.record import record_one
from services.livestock.recording.short_numbers import EXAMPLES, name_premises, number_of_premises
from services.livestock.sms_commands.doubts import doubt_of
from services.livestock.sms_commands.evidence_replies import ask_of, evidence_text
from services.messaging.command_router import CommandContext, Reply
from services.messaging.outbox import ReplyText
from services.storage.locks import require_one_writer
from services.storage.models import Party, Premises
from services.storage.parties import party_of
from services.texts.catalogue import (
    Listing,
    day_and_month,
    further_texts,
    has_sentence,
    say,
    template,
)
from sms.local_time import local_day

MOST_TAGS = 20
_LONG_AGO = timedelta(days=30)
FOR_OTHERS = OFFICERS | {Role.RECORDER}
"""Who registers and reports for other people."""


class Home(NamedTuple):
    """Premises that a message is about, most often the sender's own."""

    key: Key
    row: Premises

    @property
    def ref(self) -> PremisesRef:
        """The premises as a reference, for what records of them."""
        return PremisesRef(self.row.id, self.row.public_id, self.row.subject_key, self.key)

    @property
    def zone(self) -> str:
        """IANA zone of the premises."""
        return zone_of(self.row.province)

    def shown_to(self, party: Party) -> str:
        """Return the number, and for its keeper the name, too."""
        return self.label if self.row.keeper_id == party.id else str(self.key)

    @property
    def label(self) -> str:
        """Number and name, as their keeper knows them."""
        return f"{self.key} {self.row.name}" if self.row.name else str(self.key)


def home_of(context: CommandContext, party: Party | None = None) -> Home:
    """Return the premises of the sender, or of another party; take the lock where they are new."""
    session, whose = context.unit.session, party or context.party
    known = identity.known_home_of(session, whose)
    if known is None:
        context.lock()
    return Home(*(known or identity.home_of(session, whose)))


def home_at(context: CommandContext, row: Premises) -> Home:
    """Return premises by their row; take the lock where their number is new."""
    if (known := number_of_premises(context.unit.session, row.id)) is not None:
        return Home(known, row)
    context.lock()
    return Home(name_premises(context.unit.session, row.id), row)


def premises_at(context: CommandContext, key: Key) -> Home:
    """Return the premises of a number.

    Raises:
        KeyError: there are none.
    """
    session = context.unit.session
    return Home(key, session.get_one(Premises, find_premises(session, [key])[key].id))


def named_place(context: CommandContext) -> Home:
    """Return the place that a message names, the sender's own where it names none.

    Raises:
        NotYourPlace: it is another's, and the sender does not report for others.
        UnknownNumber, WrongKind, OnlyAnExample: it is no number of a place.
    """
    told = context.arguments.get("site")
    if told is None:
        return home_of(context)
    at = ensured_at(context, place_of(context, told))
    if at.row.keeper_id != context.party.id and context.party.role not in FOR_OTHERS:
        raise NotYourPlace(number=at.key)
    return at


def ensured_at(context: CommandContext, key: Key) -> Home:
    """Return the premises of a number, made as *found* where they are new."""
    require_one_writer(context.unit.session)
    session = context.unit.session
    ref = ensure_premises(session, [key])[key]
    return Home(key, session.get_one(Premises, ref.id))


class EventReport(NamedTuple):
    """Content of an event in a message, besides its type.

    `ordinal` distinguishes several events of one message. `known` are premises beside `at` that
    the handler has looked up. `own`: False where a sickness is of somebody else's pigs, so that it
    binds nobody.
    """

    at: Home
    animals: tuple[Key, ...] = ()
    other: Key | None = None
    details: Mapping[str, Any] = {}
    subjects: tuple[SecretSubject, ...] = ()
    ordinal: int = 0
    known: tuple[PremisesRef, ...] = ()
    own: bool = True


def record_event(context: CommandContext, kind: EventType, told: EventReport) -> Recorded:
    """Record one event of a message; of what is evidence, ask whoever decides."""
    zone = told.at.zone
    report = Report(
        event_id=event_id(context.channel, context.key, told.ordinal),
        type=kind,
        animals=told.animals,
        premises=told.at.key,
        other=told.other,
        occurred=Occurred.on(_claimed_day(context, zone), zone),
        details=told.details,
        subjects=told.subjects,
    )
    origin = origin_of(context)
    if not told.own:
        origin = replace(origin, actor=actor_of(context)._replace(strength=Strength.ANYBODY))
    done = record_one(context.unit.session, report, origin, [told.at.ref, *told.known])
    if any(part.alarms for part in done.parts):
        tell_sights(context.unit.session, [done], origin)
    if kind in TOLD_TO_OWNERS:
        tell_owners(context.unit.session, done.parts, origin)
    return ask_of(context, done)


def origin_of(context: CommandContext) -> Origin:
    """Return reporter, channel and time of a message, and the sender's authority."""
    return Origin(context.source, context.party.public_id, context.now, actor_of(context))


def confirmed_origin(context: CommandContext, by: Party | None = None) -> Origin:
    """Return the origin of what somebody confirmed: the sender, or another whose consent it has."""
    return replace(origin_of(context), actor=confirmed_actor(context, by))


def confirmed_actor(context: CommandContext, by: Party | None = None) -> Actor:
    """Return the sender, or another who agreed, as an actor whose code was checked."""
    party = by or context.party
    return Actor(Role(party.role), party.id, party.province, Strength.CODE)


def actor_of(context: CommandContext) -> Actor:
    """Return the sender as an actor, with the strength of the road by which they write."""
    known = Strength.CODE if context.by_pin else Strength.NUMBER
    strength = Strength.ANYBODY if context.is_anybodys else known
    return Actor(Role(context.party.role), context.party.id, context.party.province, strength)


def caller_by_text(context: CommandContext, words: str = "") -> Caller:
    """Return the sender as a caller; of what anybody may have said by a village box, the box."""
    box = context.relayed.box if context.relayed and context.is_anybodys else None
    sender = SenderKey(BOX, box) if box is not None else SenderKey(PARTY, context.party.id)
    return Caller(context.number, words, sender, context.party.id)


def today_at(context: CommandContext, at: Home) -> date:
    """Return the local day at premises, now."""
    return local_day(context.now, at.zone)


def sent_on(context: CommandContext, at: Home) -> date:
    """Return the local day at premises on which the message was sent, as far as is known."""
    return local_day(context.said_at, at.zone)


def coming_day(context: CommandContext, at: Home) -> date:
    """Return the local day that a question is about, today where the sender names none.

    Raises:
        PastDay: it is over.
    """
    today = today_at(context, at)
    claimed = cast("ClaimedDay | None", context.arguments.get("day"))
    meant = claimed.on(sent_on(context, at), Toward.FUTURE) if claimed else today
    if meant < today:
        raise PastDay
    return meant


def claimed_day(context: CommandContext, at: Home) -> date:
    """Return the local day that the sender claims, by default that of the message.

    Raises:
        FutureDay: it had not come yet.
    """
    return _claimed_day(context, at.zone)


def _claimed_day(context: CommandContext, zone: str) -> date:
    said = meant = local_day(context.said_at, zone)
    claimed = cast("ClaimedDay | None", context.arguments.get("day"))
    if claimed is not None:
        # In November, 31/12 is the day that comes, not that of last year.
        nearest = isinstance(claimed, CalendarDay)
        meant = claimed.on(said, Toward.NEAREST if nearest else Toward.PAST)
    if meant > said:
        raise FutureDay(day=day_text(meant, said, context.language))
    # A village box dates its texts itself, so that the day of each is a claim, too.
    came = local_day(context.now, zone) if context.relayed else said
    if came - meant > _LONG_AGO:
        day = f"{day_and_month(meant, context.language)} {meant.year}"
        require_yes(context, "day", doubt_of(context, "day", day=day))
    return meant


def require_officer(context: CommandContext, *more: Role) -> None:
    """Refuse senders other than officers.

    Raises:
        OfficersOnly: neither an officer, nor of the roles `more`.
    """
    if context.party.role not in {*OFFICERS, *more}:
        raise OfficersOnly


def animals_of(context: CommandContext, name: str) -> tuple[Key, ...]:
    """Return the animals that an argument names, each once.

    Raises:
        TooMany, OnlyAnExample: as `key_of` does.
    """
    value = context.arguments[name]
    found = cast("Sequence[Identifier]", value if isinstance(value, tuple) else (value,))
    if len(found) > MOST_TAGS:
        raise TooMany(most=MOST_TAGS)
    return tuple(dict.fromkeys(key_of(one, "animal") for one in found))


def mob_of(context: CommandContext) -> tuple[Key, ...]:
    """Return the mob that a message names, alone; nothing where it names none.

    Raises:
        UnknownNumber, WrongKind, OnlyAnExample: it is no number of a mob.
        NotAMob: it is one pig.
    """
    if context.arguments.get("mob") is None:
        return ()
    (key,) = animals_of(context, "mob")
    if require_animal(context.unit.session, key).kind != AnimalKind.MOB:
        raise NotAMob(number=key)
    return (key,)


def place_of(context: CommandContext, told: object) -> Key:
    """Return the premises of a number or of a buyer's phone."""
    if isinstance(told, str):
        # Their party may be new, and whoever holds the lock may be making it, too.
        context.lock()
        return home_of(context, party_of(context.unit, told)).key
    return key_of(cast("Identifier", told), "premises")


def key_of(identifier: Identifier, wanted: str) -> Key:
    """Return the key of an identifier that was read.

    Raises:
        OnlyAnExample: it is the example of one of our own replies.
    """
    key = Key(identifier.scheme, identifier.value)
    if key in EXAMPLES:
        raise OnlyAnExample(key, wanted)
    return key


def confirm(context: CommandContext, code: str, *done: Recorded, **values: object) -> Reply:
    """Acknowledge events; flagged ones by `<code>.flagged`, and tell the officers.

    Of what is evidence the answer tells that it is not in force, and who is asked; of what breaks a
    rule, what to do now. The sentence
    gets `values`, and the day and the receipt of the first event. Numbers that it has no room for
    follow in texts of their own, so that a wrong one among them is noticed; so does the sentence
    itself after a warning, where it tells a number or a day that the sender did not write.
    """
    if any(one.evidence for one in done):
        return evidence_text(context, done)
    if odd := [one for one in done if one.flags]:
        code = f"{code}.flagged" if has_sentence(f"{code}.flagged") else code
        reporter = Reporter(context.party.id, context.number, context.language)
        values["look"] = look_at(context.unit.session, odd, reporter, context.now)
        values["why"] = _why(odd[0].flags[0][1], context.language)
    occurred = done[0].report.occurred
    today = local_day(context.now, occurred.zone)
    if any(one.warnings for one in done):
        warned = warnings_of(done)
        warning = _warning(context, done[0], warned)
        known = all(named_in(one) in context.text for one in warned)
        if known and occurred.day == today:
            return warning
        return [*warning, ReplyText(_usual(code, done[0], context.language, today, values))]
    text = _usual(code, done[0], context.language, today, values)
    return with_all_numbers(text, values.values(), context.language)


def _why(flag: FlagCode, language: str) -> str:
    """Tell in few words what about a report does not fit the book."""
    code = f"odd.why.{flag.value}"
    return say(code if has_sentence(code) else "odd.why.other", language)


def _usual(code: str, done: Recorded, language: str, today: date, values: dict[str, object]) -> str:
    """Write the acknowledgement of an event, with its day where that is not today."""
    occurred = done.report.occurred
    day = day_text(occurred.day, today, language)
    if occurred.day != today and "{day}" not in template(code, language):
        values["place"] = f"{values.get('place', done.report.premises)}, {day}"
    return say(code, language, **{"day": day, "receipt": done.receipt, **values})


def _warning(context: CommandContext, done: Recorded, warned: Sequence[Warned]) -> list[ReplyText]:
    """Tell what must be done now; a number or a day that is new to the sender follows it."""
    text = warning_text(warned, done.receipt, context.language)
    pigs = Listing(tuple(map(named_in, warned)), tight=" ")
    more = with_all_numbers(text, [pigs], context.language)
    return [ReplyText(more)] if isinstance(more, str) else list(more)


def with_all_numbers(text: str, values: Iterable[object], language: str) -> Reply:
    """Return a text, and others with the numbers that it has no room for."""
    listings = [one for one in values if isinstance(one, Listing)]
    further = further_texts(text, listings, language) if listings else ()
    return [ReplyText(one) for one in (text, *further)] if further else text


def day_text(day: date, today: date, language: str) -> str:
    """Write a day, with its year if that is not the one of today."""
    written = day_and_month(day, language)
    return written if day.year == today.year else f"{written} {day.year}"
