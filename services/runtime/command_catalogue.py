"""The conversation of a running program: every service's phrases, and what is open just now.

What programmes understand is data that a ministry approves while the program runs, so each message
is answered by the conversation of what is open when it comes.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial

from sqlalchemy.orm import Session

from gateway.envelope import Answer, Envelope
from gateway.errors import BadMenuBook
from gateway.grammar import Phrase
from gateway.menu_book import MenuBook
from gateway.menus import Menus
from gateway.ussd import MenuMachine
from services.core.roles import Role
from services.health.conversation.commands import menus as menus_of_programmes
from services.health.conversation.commands import programme_commands as of_programmes
from services.health.conversation.course_help import example_word
from services.health.conversation.danger_asking import asking_interceptor, danger_on_screens
from services.health.conversation.inbox_desk import health_desk
from services.health.conversation.interceptor import (
    member_help_interceptor,
    message_interceptor,
)
from services.health.conversation.life_events import life_event_interceptor
from services.health.conversation.member import ActiveProgramme, read_active
from services.health.conversation.membership import Membership
from services.health.conversation.red_flags import danger_interceptor
from services.health.courses.subscriptions import open_now
from services.health.versions.store import CurrentVersion, newest_of
from services.livestock.domain.movement_decision import Policy
from services.livestock.sms_commands import FILLERS
from services.livestock.sms_commands import handlers as of_livestock
from services.livestock.sms_commands import keywords as livestock_keywords
from services.livestock.sms_commands.answers import ANSWERS
from services.livestock.sms_commands.inbox_desk import LIVESTOCK_DESK
from services.livestock.sms_commands.open_questions import OPEN_QUESTIONS
from services.livestock.sms_commands.plain_words import disease_interceptor, example_report
from services.livestock.sms_commands.unreported import book_interceptor
from services.livestock.sms_commands.wrong_numbers import wrong_number_interceptor
from services.livestock.ussd_menus import PIGS, WORK, WORKERS
from services.messaging.command_router import (
    CommandHandler,
    CommandRouter,
    MessageInterceptor,
)
from services.messaging.commands import HANDLERS
from services.messaging.commands import handlers as of_messages
from services.messaging.forget_command import with_forget
from services.messaging.menus import menus as menus_of_messages
from services.messaging.small_talk import small_talk_interceptor
from services.messaging.tasks.commands import task_interceptor
from services.messaging.ussd.actions import DangerOnScreens, Screens, screen_signs
from services.storage.models import Party
from services.storage.unit_of_work import Unit
from services.village.lists import note_question
from sms import encoding
from sms.answering import USUAL, AnswerLimits

_LOG = logging.getLogger("bilum.runtime")

_KEPT = 4
_OPERATORS = "stop_all_word"
_ANSWERS = with_forget(ANSWERS)


@dataclass(frozen=True, eq=False)
class ActiveCommands:
    """The router and detector of the programmes that are open just now.

    Attributes:
        conversation: answers what is written.
        danger: finds danger in texts typed on screens.
        programmes: by code.
        members: whether anybody is in a course.
    """

    conversation: CommandRouter
    danger: DangerOnScreens
    programmes: Mapping[str, ActiveProgramme]
    members: bool


MenusOf = Callable[[ActiveCommands, Role], tuple[Menus, ...]]
"""Returns the menus that a role meets on the screens, in the order of the first one's lines."""


def menus_of(now: ActiveCommands, role: Role) -> tuple[Menus, ...]:
    """Return the menus of every service."""
    return every_menu(now.programmes, members=now.members, works=role in WORKERS)


class CommandCatalogue:
    """Answers messages, and what is typed on screens."""

    def __init__(
        self,
        policy: Policy,
        menus: MenusOf = menus_of,
        limits: AnswerLimits = USUAL,
    ) -> None:
        self._policy = policy
        self._limits = limits
        self._menus = menus
        self._made: dict[tuple[CurrentVersion, ...], ActiveCommands] = {}
        self._machines: dict[tuple[ActiveCommands, Role], MenuMachine] = {}

    def answer(self, unit: Unit, envelope: Envelope) -> Answer:
        """Act on one message and put the reply into the outbox, in the same transaction."""
        return self._everything(unit.session).conversation.answer(unit, envelope)

    def screens(self, session: Session, party: Party) -> Screens:
        """Return what a party meets on the screens."""
        now = self._everything(session)
        machine = self._machine(now, Role(party.role))
        return Screens(now.conversation, machine, _ANSWERS, now.danger)

    def _everything(self, session: Session) -> ActiveCommands:
        published, members = open_now(session)
        now = newest_of(published)
        if not now:
            return _without_programmes(self._policy, self._limits, members=members)
        made = self._made.get(now)
        if made is None:
            made = make_everything(self._policy, read_active(session, now), self._limits)
            # Of what was open before, nothing is asked again.
            self._made, self._machines = {now: made}, {}
        return made

    def _machine(self, now: ActiveCommands, role: Role) -> MenuMachine:
        made = self._machines.get((now, role))
        if made is None:
            made = MenuMachine(self._book(now, role))
            self._machines[now, role] = made
        return made

    def _book(self, now: ActiveCommands, role: Role) -> MenuBook:
        try:
            return _book(now, self._menus(now, role))
        except BadMenuBook as error:
            if not now.programmes:
                raise
            # A title that no screen can show takes the pigs' menus away from nobody.
            _LOG.error("the menus are without programmes: %s", error.detail)
            return _book(now, self._menus(replace(now, programmes={}), role))


def _book(now: ActiveCommands, menus: tuple[Menus, ...]) -> MenuBook:
    talk = now.conversation
    return MenuBook(menus, talk.phrases, screen_signs(), encoding, talk.fillers)


def make_everything(
    policy: Policy,
    programmes: Mapping[str, ActiveProgramme],
    limits: AnswerLimits = USUAL,
    *,
    members: bool = True,
) -> ActiveCommands:
    """Make what answers people out of everything that is open; see `make_conversation`."""
    conversation = make_conversation(policy, programmes, limits, members=members)
    danger = danger_on_screens(programmes, members=members)
    return ActiveCommands(conversation, danger, programmes, members)


def make_conversation(
    policy: Policy,
    programmes: Mapping[str, ActiveProgramme],
    limits: AnswerLimits = USUAL,
    *,
    members: bool = True,
    more: Iterable[CommandHandler] = (),
) -> CommandRouter:
    """Make the conversation of everything that is open.

    Args:
        policy: what holds for movements without any order.
        programmes: that are open.
        limits: most answers to one number.
        members: whether anybody is in a course, be it open or withdrawn: his danger is heard.
        more: of further services; where two fit, theirs is not meant.

    What programmes say comes first: where two fit, the earlier is meant, and QUIT is a stop word of
    operators only while no programme is joined by it.
    """
    handlers = (
        *of_programmes(programmes, members=members),
        *of_livestock(policy),
        *of_messages(Membership(programmes)),
        *more,
    )
    of_members = [message_interceptor(programmes)] if programmes or members else []
    of_boxes = MessageInterceptor(note_question, anybody=note_question)
    # A note about somebody else's pain is no danger to the officer who writes it.
    danger = danger_interceptor(programmes, members=members)
    # A loss is condoled with, and what is said of danger goes with it.
    events = life_event_interceptor(programmes, danger) if programmes else danger
    first = (of_boxes, task_interceptor(), wrong_number_interceptor(events))
    examples = [partial(example_word, programmes)] if programmes else []
    greeting = small_talk_interceptor((*examples, example_report))
    # What nothing before understood of a member is no report of a pig, unless it names one.
    of_the_rest = [member_help_interceptor(programmes)] if of_members else []
    last = (OPEN_QUESTIONS, greeting, *of_the_rest, book_interceptor(policy))
    asking = asking_interceptor(programmes, members=members)
    interceptors = (*first, disease_interceptor(), asking, *of_members, *last)
    desks = (health_desk(programmes, members=members), LIVESTOCK_DESK)
    return CommandRouter(handlers, FILLERS, interceptors, limits, desks)


@cache
def phrases() -> Sequence[Phrase]:
    """Return what every service understands whatever programmes are open."""
    handlers = (*of_programmes({}), *of_livestock(Policy()), *HANDLERS)
    return tuple({one.phrase.code: one.phrase for one in handlers}.values())


@lru_cache(_KEPT)
def _without_programmes(policy: Policy, limits: AnswerLimits, *, members: bool) -> ActiveCommands:
    return make_everything(policy, {}, limits, members=members)


@cache
def keywords() -> Mapping[str, str]:
    """Return what no programme's word may be, in lower case, and what it means; QUIT may be one."""
    return livestock_keywords() | {
        " ".join(words.casefold().split()): one.phrase.code
        for one in HANDLERS
        if one.phrase.code != _OPERATORS
        for each in one.phrase.keywords.values()
        for words in each
    }


def every_menu(
    programmes: Mapping[str, ActiveProgramme], *, members: bool, works: bool
) -> tuple[Menus, ...]:
    """Return what one person sees; see also `make_conversation`.

    Args:
        programmes: that are open.
        members: whether anybody is in a course, be it open or withdrawn.
        works: whether the person has to do with other people's pigs:
            `services.livestock.ussd_menus.WORKERS`.
    """
    health = menus_of_programmes(programmes, members=members)
    work = (WORK,) if works else ()
    return (PIGS, health, menus_of_messages(calls=bool(health.entry)), *work)
