"""Each sentence that promises what somebody does is kept by code, or is not said."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

from services.texts.catalogue import LANGUAGES, sentences

_PROMISE = {
    "en": re.compile(
        r"\b(?:officer|worker|nurse|clinician|administrator|somebody|we|[Ww]ho)\b[^.:]*\bwill\b"
        r"|\bwill (?:look|call|ring|tell|answer|reply|come|send|visit)\b"
        r"|\bWe (?:asked|told)\b",
    ),
    "tpi": re.compile(
        r"\b(?:[Oo]fisa|[Dd]okta|[Nn]es|woka|[Mm]ipela|bosman)\b[^.:]*\bbai\b"
        r"|\bMipela (?:askim|tokim)\b"
    ),
}
# By the sentence: what keeps it, or what says it only where it is kept.
KEPT = {
    "promise.look": "services.livestock.control.odd_reports.tell_officers",
    **dict.fromkeys(
        ("promise.call", "promise.told"), "services.livestock.control.alarms.raise_alarm"
    ),
    **dict.fromkeys(
        ("programme.call", "programme.call_soon", "ladder.told", "ladder.told_soon"),
        "services.health.care.concerns.raise_concern",
    ),
    "helper.asked": "services.livestock.sms_commands.helpers._ask_phone",
    "permit.asked": "services.livestock.control.permits.text_officers",
    **dict.fromkeys(
        ("permit.decided", "console.field_why_refused", "console.field_why_revoked"),
        "services.livestock.control.permits.text_keeper",
    ),
    **dict.fromkeys(
        (
            *("kill.asked", "sell.asked_owner", "offered.there", "offered.denied", "wrong.asked"),
            "error.offers_spent",
        ),
        "services.livestock.confirmations.create.text_party",
    ),
    **dict.fromkeys(
        (
            *("evidence.noted_arrival", "evidence.noted_officer", "evidence.noted_keeper"),
            *("evidence.tag_officer", "evidence.tag_keeper"),
        ),
        "services.livestock.control.evidence_questions.ask_about",
    ),
    "stop.all": "services.messaging.command_router.CommandRouter",
    "forget.notice": "services.messaging.forget_command.erase_due",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_promise__of_each_sentence__has_code_that_keeps_it(language):
    promising = {
        code
        for code, sentence in sentences(language).items()
        if any(_PROMISE[language].search(form) for form in sentence.forms)
    }
    assert promising - KEPT.keys() == set()


@pytest.mark.parametrize("keeper", sorted(set(KEPT.values())))
def test_keeper__of_a_promise__is_there(keeper):
    module, _, name = keeper.rpartition(".")
    assert callable(getattr(import_module(module), name))
