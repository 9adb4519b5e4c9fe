"""Answers to our own questions: a code, the number of a choice, YES and NO.

An answer is the whole message, and never a possible number of a pig.
"""

import re
from collections.abc import Mapping
from uuid import UUID

from gateway.grammar import Argument, Read
from gateway.phrases import clean
from services.livestock.confirmations import answers, ask_first
from services.livestock.confirmations.create import ConfirmationKind
from services.livestock.sms_commands import (
    check_points,
    clearing,
    evidence_answers,
    helpers,
    laboratory,
    mistakes,
    ownership,
    permits,
    slaughter,
    theft,
)
from services.livestock.sms_commands.declarations import SELLERS_WORD
from services.livestock.sms_commands.phrases import command
from services.messaging import village_bindings
from services.messaging.codes import read_code
from services.messaging.command_router import CommandContext, Reply
from services.messaging.confirmation_answers import Answers
from services.texts.catalogue import say

_BOX = ConfirmationKind(village_bindings.KIND, village_bindings.take_answer, options=2)
KINDS: Mapping[str, ConfirmationKind] = {
    kind.name: kind
    for kind in (
        *slaughter.CLAIMS,
        *theft.CLAIMS,
        *laboratory.CLAIMS,
        *clearing.CLAIMS,
        *mistakes.CLAIMS,
        *ownership.CLAIMS,
        *permits.CLAIMS,
        *helpers.CLAIMS,
        *evidence_answers.CLAIMS,
        *ask_first.CLAIMS,
        *check_points.CLAIMS,
        _BOX,
    )
}

_CHOICE = re.compile(r"[1-9][\W_]*\Z")
_WORD = re.compile(r"(yes|nogat|no)[\W_]*\Z", re.IGNORECASE)
_WORD_OF_ANSWER = re.compile(r"\A[\W_]*(?:yes|nogat|no)\b", re.IGNORECASE)
_WORDS = {"yes": answers.YES, "no": answers.NO, "nogat": answers.NO}


def read_answer(text: str) -> Read | None:
    """Read an answer that is all of a text: a digit, a code, `yes` or `no`."""
    word = _WORD.match(text)
    if word:
        return Read(_WORDS[word[1].lower()], len(text))
    choice = _CHOICE.match(text)
    return Read(choice[0][0], len(text)) if choice else read_code(text)


def answer(context: CommandContext) -> Reply:
    """Answer an open question, or reply that none is open."""
    return answers.answer(context, KINDS, str(context.arguments["answer"]))


def settle(context: CommandContext, claim: UUID, choice: int) -> Reply:
    """Answer one question of ours on a screen."""
    return answers.answer_one(context, KINDS, claim, choice)


def take_code(context: CommandContext, _claim: UUID, typed: str) -> Reply:
    """Take a code that was typed on a screen, of whichever question."""
    reading = read_code(clean(typed))
    if reading is None:
        return say("answer.code_wanted", context.language)
    return answers.answer(context, KINDS, str(reading.value))


ANSWERS = Answers(settle, take_code)

HANDLERS = (
    command(
        "answer",
        answer,
        {
            "en": ("REPLY", "CODE", "CODE IS", "REPLY CODE"),
            "tpi": ("BEKIM", "KOD", "KOD EM", "BEKIM KOD"),
        },
        (Argument("answer", read_answer), SELLERS_WORD),
        # No question has so many choices, so that a copied example answers none.
        "9",
        bare=True,
        alone=True,
        own=_WORD_OF_ANSWER,
        fillers=("thanks", "thank you", "tenkyu", "tenkyu tru"),
    ),
)
