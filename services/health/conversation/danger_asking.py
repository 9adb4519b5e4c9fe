"""Texts that may tell of danger: their writers are asked, and what they answer.

Danger that is certain comes before: see `red_flags`. What a command or a course understands whole
is not asked about.
"""

import re
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from gateway.envelope import key_digest
from gateway.grammar import NotUnderstood, Understood
from gateway.mood import closes_alone
from services.health.care.danger_questions import (
    NewQuestion,
    QuestionEnd,
    asked_lately,
    end_question,
    keep_in_inbox,
    store_question,
)
from services.health.care.urgency import Danger, danger_of
from services.health.conversation.answer_parser import fits_whole, words_of
from services.health.conversation.contact_answers import answer_contact
from services.health.conversation.danger_matcher import STOPS, RedFlagMatcher, code_of
from services.health.conversation.interceptor import in_passing
from services.health.conversation.member import ActiveProgramme, any_member_of
from services.health.conversation.red_flags import FLAG, raise_flag
from services.health.conversation.waiting_questions import waiting_question
from services.health.courses.subscriptions import newest_open_question
from services.health.danger.danger_lexicon import dangers
from services.messaging.command_router import (
    NOT_UNDERSTOOD,
    CommandContext,
    InterceptResult,
    MessageInterceptor,
)
from services.messaging.outbox import ReplyText
from services.messaging.small_talk import is_greeting, is_thanks
from services.messaging.ussd.actions import DangerOnScreens, ScreenDanger
from services.storage.models import Arrival, DangerQuestion, SecondContact, Subscription
from services.storage.persons import person_of
from services.texts.catalogue import help_words, say
from sms.answering import Weight

ASKED, ANSWER = "programme.asked", "programme.answer"
"""Outcomes of a text that is asked about, and of an answer."""
_MAY_ANSWER = frozenset({None, "answer", "stop_all_word"})
_DIGIT = re.compile(r"\W*[123]\W*")
_YES = frozenset({"yes", "yesa", "yep", "yea", "yeah", "ya", "yah", "1 yes", "1 yesa", "em nau"})
_NO = frozenset({"2", "nope", "nah", "2 no", "2 nogat", "no thanks", "no thank you", "no tenkyu"})


class DangerAsking:
    """Asks whoever writes of possible danger, and takes the answers.

    Args:
        programmes: that are open.
        members: whether anybody is in a course: see `RedFlagMatcher`.
    """

    def __init__(self, programmes: Mapping[str, ActiveProgramme], *, members: bool) -> None:
        self._watch = RedFlagMatcher(programmes, members=members)
        self._programmes = programmes

    def listen(
        self, context: CommandContext, text: str, found: Understood | NotUnderstood
    ) -> InterceptResult | None:
        """Take an answer, or ask about a text."""
        if _may_answer(text, found):
            replies = self.answer(context, text)
            return InterceptResult(ANSWER, replies, private=True) if replies else None
        code = self._watch.may_tell(text, found)
        if code is None or _is_understood(context, text):
            return None
        asked, outcome, alone = self.ask(context, code), ASKED, code_of(found) not in STOPS
        if not asked:
            asked, outcome = self._raise_again(context, code), FLAG
        return InterceptResult(outcome, asked, alone=alone, private=True)

    def is_exclusive(
        self, context: CommandContext, text: str, found: Understood | NotUnderstood
    ) -> bool:
        """Tell whether two workers with such texts must not act at once."""
        if _may_answer(text, found):
            return waiting_question(context) is not None
        return self._watch.may_tell(text, found) is not None

    def answer(self, context: CommandContext, text: str) -> Sequence[ReplyText]:
        """Take a text as the answer to the question about danger that waits; empty: none does."""
        row = waiting_question(context)
        if isinstance(row, SecondContact):
            # What a box brings of a number that it may have made up ends no ladder.
            binds = context.complete and not context.is_anybodys
            return answer_contact(context, row, text) if binds else ()
        how = _read_end(text) if row is not None else None
        if how is QuestionEnd.NO and not context.complete:
            return ()
        session = context.unit.session
        if row is None or how is None or not end_question(session, row, how, context.now):
            return ()
        if how is QuestionEnd.YES:
            return raise_flag(self._watch.of_danger(row.code, context), context)
        return self._closed(context, row)

    def _closed(self, context: CommandContext, row: DangerQuestion) -> Sequence[ReplyText]:
        """Do what the text does that a question was about, else keep it for a person to read."""
        session = context.unit.session
        words = help_words(context.language, person_of(session, context.party).province)
        thanks = ReplyText(say("asking.no", context.language, **words))
        if row.passed_on_at is not None:
            return [thanks]
        text = session.scalar(select(Arrival.payload).where(Arrival.key_digest == row.arrival))
        meant = in_passing(context, text, self._programmes) if text else None
        if meant is None:
            keep_in_inbox(session, row, NOT_UNDERSTOOD)
        return [thanks, *(meant.reply if meant else ())]

    def ask(self, context: CommandContext, code: str) -> Sequence[ReplyText]:
        """Ask about a possible danger; empty: the person was asked lately."""
        session = context.unit.session
        person = person_of(session, context.party)
        if asked_lately(session, person.id, context.now) is not None:
            return ()
        flagged = self._watch.of_danger(code, context)
        row, arrival = flagged.row, key_digest(context.channel, context.key)
        of_course = flagged.of_programme, row.id if row else None
        store_question(session, NewQuestion(code, person.id, arrival, *of_course), context.now)
        open_words = danger_of(code) is Danger.BODY and not (row and row.discreet)
        said = say(
            "asking.danger" if open_words else "asking.neutral",
            flagged.language,
            **help_words(flagged.language, person.province),
        )
        return [ReplyText(said, weight=Weight.DANGER)]

    def _raise_again(self, context: CommandContext, code: str) -> Sequence[ReplyText]:
        """Take the second possible danger within hours for one: the worse of the two."""
        session = context.unit.session
        person = person_of(session, context.party)
        before = asked_lately(session, person.id, context.now)
        codes = {code} if before is None else {code, before.code}
        worst = next(one for one in dangers() if one in codes)
        return raise_flag(self._watch.of_danger(worst, context), context)

    def find(self, context: CommandContext, text: str) -> ScreenDanger | None:
        """Return what a text typed on a screen is told, or asked, of danger."""
        flagged = self._watch.find(text, context, plainly=True)
        if flagged is not None:
            return ScreenDanger(raise_flag(flagged, context))
        code = self._watch.may_tell(text)
        if code is None:
            return None
        asked = self.ask(context, code)
        return ScreenDanger(asked or self._raise_again(context, code), asks=bool(asked))


def asking_interceptor(
    programmes: Mapping[str, ActiveProgramme], *, members: bool
) -> MessageInterceptor:
    """Return the interceptor of texts that may tell of danger, and of answers about it."""
    asking = DangerAsking(programmes, members=members)
    also = frozenset(code for code in _MAY_ANSWER if code) | STOPS
    return MessageInterceptor(
        asking.listen, asking.is_exclusive, anybody=asking.listen, unmatched=True, also=also
    )


def danger_on_screens(
    programmes: Mapping[str, ActiveProgramme], *, members: bool
) -> DangerOnScreens:
    """Return what finds danger in texts typed on a USSD screen, and takes the answers."""
    asking = DangerAsking(programmes, members=members)
    return DangerOnScreens(asking.find, asking.answer)


def _may_answer(text: str, found: Understood | NotUnderstood) -> bool:
    if code_of(found) not in _MAY_ANSWER:
        return False
    return _DIGIT.fullmatch(text) is not None or _read_end(text) is not None


def _read_end(text: str) -> QuestionEnd | None:
    """Read yes or no; a no with more words may be anything."""
    said = words_of(text)
    if said == "1" or said in _YES or said.partition(" ")[0] in _YES:
        return QuestionEnd.YES
    return QuestionEnd.NO if said in _NO or closes_alone(text) else None


def _is_understood(context: CommandContext, text: str) -> bool:
    """Tell whether a text is an answer to a course's question, a greeting or thanks, and all so."""
    if is_thanks(text) or is_greeting(text):
        return True
    session = context.unit.session
    asked_by, read_by = context.asked_by, context.read_by
    asked = newest_open_question(session, context.health_index, asked_by, read_by)
    if asked is None:
        return False
    row = session.get_one(Subscription, asked.subscription_id)
    member = any_member_of(session, row, context.now)
    question = member.programme.entry(asked.item).ask
    return question is not None and fits_whole(question, text, member.today)
