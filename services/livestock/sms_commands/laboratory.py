"""SAMPLE and RESULT: what officers took to a laboratory, and what it found.

A result closes places, so it takes effect by the officer's code.
"""

import re
from collections.abc import Mapping
from typing import Any

from gateway.argument_parsers import choice
from gateway.grammar import Argument, Read
from services.livestock.confirmations.create import (
    ConfirmationKind,
    event_id_of,
    open_confirmation,
    record_once,
    write_animals,
)
from services.livestock.control.results import find_samples, follow_results
from services.livestock.domain.details import read_details
from services.livestock.domain.errors import SampleNumberTaken, UnknownSample
from services.livestock.domain.model import EventType, Occurred, Report, read_key, write_key
from services.livestock.recording.short_numbers import EXAMPLE_PIG
from services.livestock.sms_commands.argument_kinds import DAY, TAGS
from services.livestock.sms_commands.common import (
    EventReport,
    animals_of,
    confirm,
    confirmed_origin,
    home_of,
    premises_at,
    record_event,
    require_officer,
    today_at,
)
from services.livestock.sms_commands.phrases import command
from services.livestock.sms_commands.places import place_of_animals
from services.livestock.sms_commands.wording import list_numbers
from services.messaging.command_router import CommandContext, Reply
from services.storage.models import PendingConfirmation
from services.texts.catalogue import say

_NUMBER = re.compile(r"(?=[^\s]*[0-9])[A-Za-z][\w/-]{0,31}")
_SPECIMENS = {
    "blood": ("blood", "blut"),
    "swab": ("swab",),
    "tissue": ("tissue", "mit"),
    "other": ("other",),
}
_DISEASES = {
    "african_swine_fever": ("asf",),
    "classical_swine_fever": ("csf",),
    "foot_and_mouth": ("fmd",),
    "anthrax": ("anthrax",),
    "brucellosis": ("brucellosis", "brucella"),
    "leptospirosis": ("leptospirosis", "lepto"),
    "swine_influenza": ("influenza", "flu"),
    "japanese_encephalitis": ("encephalitis", "je"),
    "cysticercosis": ("cysticercosis", "taenia"),
    "rabies": ("rabies",),
}
_OUTCOMES = {
    "positive": ("pos", "positive"),
    "negative": ("neg", "negative"),
    "inconclusive": ("inconclusive", "unclear"),
    "unfit": ("unfit", "spoiled"),
}


def _by_word(words: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {word: code for code, every in words.items() for word in every}


def sample_number(text: str) -> Read | None:
    """Read the number of a sample: letters first, with a digit, as written on the tube."""
    found = _NUMBER.match(text)
    return Read(found[0].upper(), found.end()) if found else None


def sample(context: CommandContext) -> Reply:
    """SAMPLE: an officer took a sample of pigs."""
    require_officer(context)
    tags, number = animals_of(context, "tags"), str(context.arguments["sample"])
    at = place_of_animals(context, tags)
    if find_samples(context.unit.session, number, today_at(context, at)):
        raise SampleNumberTaken(number=number)
    told = {"specimen": context.arguments["specimen"], "sample": number}
    details = read_details(EventType.SAMPLE, told)
    done = record_event(context, EventType.SAMPLE, EventReport(at, tags, details=details))
    return confirm(context, "sample", done, pigs=list_numbers(tags), number=number)


def result(context: CommandContext) -> str:
    """RESULT: what a laboratory found in a sample; the officer's code confirms it."""
    require_officer(context)
    number, words = str(context.arguments["sample"]), context.arguments
    found = find_samples(context.unit.session, number, today_at(context, home_of(context)))
    if not found:
        raise UnknownSample(number=number)
    taken = found[0]
    told = {
        "sample": taken.number,
        "disease": words["disease"],
        "outcome": words["outcome"],
        "animals": write_animals(taken.animals),
        "at": write_key(taken.premises) if taken.premises else None,
    }
    opened = open_confirmation(context, RESULT, context.party, told)
    return say(
        f"result.{'pin' if context.by_pin else 'code'}",
        context.language,
        digits=opened.code,
        **_words(told, context.language),
    )


def _confirmed(
    context: CommandContext, claim: PendingConfirmation, told: Mapping[str, Any], _choice: int
) -> Reply:
    require_officer(context)
    home = premises_at(context, read_key(told["at"])) if told["at"] else home_of(context)
    details = {name: told[name] for name in ("sample", "disease", "outcome")}
    report = Report(
        event_id_of(claim),
        EventType.RESULT,
        tuple(map(read_key, told["animals"])),
        home.key,
        None,
        Occurred.on(today_at(context, home), home.zone),
        read_details(EventType.RESULT, details),
    )
    origin = confirmed_origin(context)
    done = record_once(context.unit.session, report, origin)
    follow_results(context.unit.session, [done], origin)
    return confirm(context, "result", done, **_words(told, context.language))


def _words(told: Mapping[str, Any], language: str) -> dict[str, str]:
    return {
        "number": told["sample"],
        "disease": say(f"disease.{told['disease']}", language),
        "state": say(f"outcome.{told['outcome']}", language),
    }


RESULT = ConfirmationKind("result", _confirmed)
CLAIMS = (RESULT,)
_SAMPLE_NUMBER = Argument("sample", sample_number)
HANDLERS = (
    command(
        "sample",
        sample,
        {"en": ("SAMPLE",), "tpi": ("SAMPEL",)},
        (TAGS, Argument("specimen", choice(_by_word(_SPECIMENS))), _SAMPLE_NUMBER, DAY),
        f"{EXAMPLE_PIG} BLOOD S-17",
        subject=1,
    ),
    command(
        "result",
        result,
        {"en": ("RESULT",), "tpi": ("RISAL",)},
        (
            _SAMPLE_NUMBER,
            Argument("disease", choice(_by_word(_DISEASES))),
            Argument("outcome", choice(_by_word(_OUTCOMES))),
        ),
        "S-17 ASF POS",
    ),
)
