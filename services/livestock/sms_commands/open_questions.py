"""Answers in other words to our open question, and words that close it: it comes first.

CANCEL, END and QUIT end all texts only where no question of ours waits.
"""

import re

from gateway.grammar import Mood, NotUnderstood, Understood
from gateway.mood import BESIDE, BESIDE_YES, CLOSING, closes_alone, mood_of
from gateway.numerals import NUMERALS
from gateway.phrases import clean
from services.livestock.confirmations import answers
from services.livestock.domain.census import read_count
from services.livestock.sms_commands.answers import KINDS
from services.livestock.sms_commands.census import answer_census
from services.messaging.codes import read_code
from services.messaging.command_router import (
    CommandContext,
    InterceptResult,
    MessageInterceptor,
    Reply,
    texts_of,
)
from services.messaging.confirmations import FORGET
from services.storage.models import PendingConfirmation

CLOSED, ANSWERED, ASKED_AGAIN = "answer.closed", "answer", "answer.again"
_STOP_WORDS, _ANSWER = "stop_all_word", "answer"
# In a session: the key of the message before which no question waited, so that it is asked once.
_NOTHING_WAITS = "nothing_waits"
_LONGEST_CLOSING = 12
_YES = frozenset({"yes", "yesa", "yep", "yea", "yeah", "ya"})
_NO = frozenset({"no", "nogat", "none", "0", "o"})
_PIGS = frozenset({"pig", "pigs", "pik", "piglet", "piglets", "pikinini", "mob", "lain"})
_BUT = frozenset({"but", "tasol", "tomorrow", "tumora"})
_LEADS = frozenset(
    {"the", "my", "number", "namba", "code", "kod", "is", "em", "reply", "answer", "bekim"}
    | {"i", "choose", "bilong", "mi", "pin"}
)
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_LONG_NUMBER = re.compile(r"[0-9]{3}")
_DIGIT, _NOT_A_CHOICE = re.compile(r"[0-9]"), re.compile(r"[0-9]{2,}")


def first_of(context: CommandContext, text: str, found: Understood | NotUnderstood) -> bool:
    """Tell whether a message may be meant for our open question, which then is changed."""
    if _may_count(found) and read_count(text) is not None:
        return True
    if not _may_answer(text, found):
        return False
    waits = answers.waiting_for(context) is not None
    context.unit.session.info[_NOTHING_WAITS] = None if waits else context.key
    return waits


def answer_first(
    context: CommandContext, text: str, found: Understood | NotUnderstood
) -> InterceptResult | None:
    """Take a message that is no command as the answer to the question that waits."""
    counted = answer_census(context, text) if _may_count(found) else None
    return counted or _answer_question(context, text, found)


def _answer_question(
    context: CommandContext, text: str, found: Understood | NotUnderstood
) -> InterceptResult | None:
    nothing = context.unit.session.info.get(_NOTHING_WAITS) == context.key
    asks = not nothing and _may_answer(text, found)
    pending = answers.waiting_for(context) if asks else None
    if pending is None:
        return None
    said = clean(text)
    words = [word.casefold().replace("'", "") for word in _WORD.findall(said)]
    mood = mood_of(said)
    if _closes(words, mood, said):
        return _result(CLOSED, answers.close(context, KINDS, pending))
    if isinstance(found, Understood) or pending.kind == FORGET:
        return None
    mood = mood or (Mood.DOUBT if _BUT.intersection(words) else None)
    # The number of `1 pig arrived` counts pigs.
    counts = _PIGS.intersection(words)
    answer = None if mood or counts else _loosely(_without_leads(words), pending)
    if answer is not None:
        return _result(ANSWERED, answers.answer(context, KINDS, answer))
    if mood is not None or (_begins_an_answer(words) and not counts):
        return _result(ASKED_AGAIN, answers.ask_again(context))
    return None


def _may_count(found: Understood | NotUnderstood) -> bool:
    """Tell whether a message may answer a census: it is no command."""
    return isinstance(found, NotUnderstood) or found.phrase.code == _ANSWER


def _may_answer(text: str, found: Understood | NotUnderstood) -> bool:
    if isinstance(found, NotUnderstood) or found.phrase.code == _STOP_WORDS:
        return True
    # QUIT may be the keyword of a course.
    short = len(text) <= _LONGEST_CLOSING
    return short and found.phrase.code != _ANSWER and closes_alone(text)


def _closes(words: list[str], mood: Mood | None, text: str) -> bool:
    """Tell whether a message closes a question: by a word, or since it denies what we ask."""
    if not words or "?" in text or mood not in {None, Mood.DENIAL}:
        return False
    # Tok Pisin `no ken` forbids.
    if words[0] in _NO and words[1:2] != ["ken"]:
        # `no problem, I take it` denies nothing that we ask.
        beside = words[1:]
        return BESIDE.issuperset(beside) or _closes(beside, mood_of(" ".join(beside)), text)
    if " ".join(words[:2]) in CLOSING or words[0] in CLOSING:
        return True
    return mood is Mood.DENIAL and not _LONG_NUMBER.search(text) and _is_all_of_it(words)


def _is_all_of_it(words: list[str]) -> bool:
    """Tell a denial of the matter from `not yet` and from `not 1`."""
    return "yet" not in words and not any(word.isdigit() for word in words)


def _loosely(told: list[str], pending: PendingConfirmation) -> str | None:
    """Read an answer among other words: `number 1`, `yes i got it`, `the code is 4821`.

    `1 moment please` is none: what stands beside must add nothing, or be of that answer.
    """
    if not told:
        return None
    if told[0] in _YES:
        return answers.YES if _adds_nothing(told[1:], "1", pending.question) else None
    if pending.code_digest is not None:
        (code,) = told if len(told) == 1 else ("",)
        return code if read_code(code) else None
    if _DIGIT.fullmatch(told[0]):
        return told[0] if _adds_nothing(told[1:], told[0], pending.question) else None
    number = 1 if told == ["l"] else NUMERALS.get(told[0]) if len(told) == 1 else None
    return str(number) if number else None


def _adds_nothing(beside: list[str], digit: str, question: str | None) -> bool:
    """Tell whether words beside an answer are fillers, its own in the question, or its numbers."""
    known = set(BESIDE_YES if digit == "1" else BESIDE)
    if question:
        asked = question.casefold()
        known.update(_NOT_A_CHOICE.findall(asked))
        own = re.findall(rf"(?<![0-9]){digit}[ :]+([^.0-9]*)", asked)
        known.update(_WORD.findall(own[-1]) if own else ())
    return known.issuperset(beside)


def _begins_an_answer(words: list[str]) -> bool:
    """Tell whether a message that is no answer may be meant for one: `1 moment please`."""
    if len(words) == 1 and words[0].isdigit():
        return True
    told = _without_leads(words)
    return bool(told) and (told[0] in _YES | _NO or _DIGIT.fullmatch(told[0]) is not None)


def _without_leads(words: list[str]) -> list[str]:
    return [word for word in words if word not in _LEADS]


def _result(outcome: str, text: Reply) -> InterceptResult:
    return InterceptResult(outcome, texts_of(text))


OPEN_QUESTIONS = MessageInterceptor(answer_first, first_of)
