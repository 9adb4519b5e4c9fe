"""Danger to people in a text: flags that programmes watch for, and danger in plain words."""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import NamedTuple

from gateway.grammar import NotUnderstood, Understood
from services.health.conversation.member import ActiveProgramme
from services.health.courses.subscriptions import open_subscriptions
from services.health.danger.danger_lexicon import dangers, normal_words
from services.health.danger.danger_words import DangerText, read_danger
from services.health.format.model import Programme, RedFlag
from services.health.versions.store import readable
from services.messaging.command_router import CommandContext
from services.storage.models import Subscription

STOPS = frozenset({"stop", "stop_all"})
"""Commands that are obeyed beside a danger: a message with STOP in it."""

_A_NUMBER = re.compile(r"[0-9]{3}")
# In Tok Pisin what begins like a report of a sick pig: menstruation, and fits that seize somebody.
_NO_SICK_PIG = re.compile(
    r"\s*sik\s?(?:mun|pundaun|bilong guria|(?:i )?kisim (?:em|pikinini|bebi))\b"
)
# A course answers these by its own words, such as LOW SUGAR.
_OF_A_COURSE = frozenset({"low_sugar", "high_sugar"})


def code_of(found: Understood | NotUnderstood | None) -> str | None:
    """Return the code of the command in a message; None: there is none."""
    return found.phrase.code if isinstance(found, Understood) else None


def is_whole(found: Understood | NotUnderstood | None) -> bool:
    """Tell whether a command understood all of a message; beside STOP anything may stand."""
    if not isinstance(found, Understood) or found.phrase.code in STOPS:
        return False
    return found.mood is None and not found.more


def is_of_a_pig(
    text: str, found: Understood | NotUnderstood | None, courses: Container[str]
) -> bool:
    """Tell whether a message is a command with a number: it is about a pig, as with chest pain.

    `courses`: what the codes of their words begin with.
    """
    code = code_of(found)
    return bool(code and _A_NUMBER.search(text)) and not _is_of_course(code, courses)


def plain_danger(
    text: str, found: Understood | NotUnderstood, courses: Container[str]
) -> DangerText | None:
    """Return the danger that an SMS tells of or denies in plain words, beside a command or alone.

    None: neither, or a command of pigs took the words; see also `is_of_a_pig`.
    """
    if not _counts_plainly(text, found, courses):
        return None
    told = read_danger(text)
    of_course = told is not None and told.code in _OF_A_COURSE
    return None if of_course and code_of(found) else told


def _counts_plainly(text: str, found: Understood | NotUnderstood, courses: Container[str]) -> bool:
    return _is_open(found, courses) or _NO_SICK_PIG.match(text.casefold()) is not None


def _is_open(found: Understood | NotUnderstood | None, courses: Container[str]) -> bool:
    """Tell whether any words may stand in a message: no command of pigs took all of it."""
    if not isinstance(found, Understood):
        return True
    code = found.phrase.code
    of_programmes = code.startswith("programme.") or _is_of_course(code, courses)
    return found.phrase.loose or code in STOPS or of_programmes


def _is_of_course(code: str | None, courses: Container[str]) -> bool:
    return code is not None and code.partition(".")[0] in courses


class FlagPattern(NamedTuple):
    """A red flag with its patterns of dangerous and of harmless phrases."""

    flag: RedFlag
    danger: re.Pattern[str]
    harmless: re.Pattern[str] | None

    def is_in(self, words: str) -> bool:
        """Return whether a message, with a space around each word, raises the flag."""
        if self.harmless is not None:
            words = self.harmless.sub("", words)
        return self.danger.search(words) is not None


class RaisedFlag(NamedTuple):
    """A red flag in a message, its version, the reply's language, and the sender's membership."""

    flag: RedFlag
    programme: Programme
    version_id: int
    language: str
    row: Subscription | None = None

    @property
    def of_programme(self) -> str:
        """The code of the programme whose clinician is told."""
        return self.programme.code


class PlainDanger(NamedTuple):
    """A danger that no programme's flag names, and the course whose clinician is told."""

    code: str
    programme: str | None
    title: str
    language: str
    row: Subscription | None = None

    @property
    def of_programme(self) -> str | None:
        """The code of the programme whose clinician is told; None: there is none."""
        return self.programme


class RedFlagMatcher:
    """Finds danger in messages; the patterns of each version are compiled once.

    Args:
        programmes: that are open.
        members: whether anybody is in a course, be it open or withdrawn; else none is looked up.
    """

    def __init__(self, programmes: Mapping[str, ActiveProgramme], *, members: bool) -> None:
        self._programmes, self._members = programmes, members
        self._triggers: dict[object, tuple[FlagPattern, ...]] = {}

    def hear(
        self, text: str, context: CommandContext, found: Understood | NotUnderstood
    ) -> RaisedFlag | PlainDanger | None:
        """Return the danger in an SMS, beside which a command may be meant; see `find`."""
        if is_of_a_pig(text, found, self._programmes):
            return None
        plainly = _counts_plainly(text, found, self._programmes)
        flagged = self.find(text, context, plainly=plainly)
        if code_of(found) and isinstance(flagged, PlainDanger) and flagged.code in _OF_A_COURSE:
            return None
        return flagged

    def may_tell(self, text: str, found: Understood | NotUnderstood | None = None) -> str | None:
        """Return the danger that a text may tell of, whose writer is asked; None: none.

        What a command understood whole says nothing else.
        """
        told = None if is_whole(found) else read_danger(text)
        if told is None or not told.asks or is_of_a_pig(text, found, self._programmes):
            return None
        return told.code if _is_open(found, self._programmes) else None

    def of_danger(self, code: str, context: CommandContext) -> RaisedFlag | PlainDanger:
        """Return a danger as somebody tells of it who writes the message."""
        return _in_plain_words(code, list(self._watched(context)), context)

    def find(
        self, text: str, context: CommandContext, *, plainly: bool
    ) -> RaisedFlag | PlainDanger | None:
        """Return the danger in a message: by flags of the sender's own courses, then of all.

        A withdrawn course still detects danger of its members.

        Args:
            text: as it arrived.
            context: of the message.
            plainly: whether danger in plain words counts too, and denials of what flags name.
        """
        words = normal_words(text)
        watched = list(self._watched(context))
        told = read_danger(text) if plainly else None
        code = told.code if told and not told.asks else None
        if told is None or not told.denied:
            # Where the lexicon hears danger, phrases of courses that are not the sender's add none.
            for one in watched:
                flag = self._raised(words, one) if one.row or code is None else None
                if flag is not None and not _outranks(code, flag):
                    return one.raised(flag)
        return _in_plain_words(code, watched, context) if code else None

    def _watched(self, context: CommandContext) -> Iterator["WatchedProgramme"]:
        session = context.unit.session
        for row in open_subscriptions(session, context.party) if self._members else ():
            programme = readable(session, row.version_id)
            if programme:
                yield WatchedProgramme(programme, row.version_id, row.language, row)
        for one in self._programmes.values():
            for language in one.languages(context.language):
                yield WatchedProgramme(one.programmes[language], one.versions[language], language)

    def _raised(self, words: str, one: "WatchedProgramme") -> RedFlag | None:
        # A pattern holds its flag's reply, which a recall replaces.
        which = one.version_id, frozenset(one.programme.replaced.items())
        if which not in self._triggers:
            self._triggers[which] = tuple(map(_trigger, one.programme.red_flags))
        triggers = self._triggers[which]
        return next((trigger.flag for trigger in triggers if trigger.is_in(words)), None)


class WatchedProgramme(NamedTuple):
    """A programme whose flags are watched for, in one language, and the sender's membership."""

    programme: Programme
    version_id: int
    language: str
    row: Subscription | None = None

    def raised(self, flag: RedFlag) -> RaisedFlag:
        """Return a flag of it as raised."""
        return RaisedFlag(flag, self.programme, self.version_id, self.language, self.row)


def _outranks(code: str | None, flag: RedFlag) -> bool:
    """Tell whether a danger that the lexicon hears is worse than the one of a flag."""
    if code is None:
        return False
    ranks = list(dangers())
    meant = [rank for rank, one in enumerate(dangers().values()) if flag.code in one.names]
    return bool(meant) and ranks.index(code) < meant[0]


def _in_plain_words(
    code: str, watched: Sequence["WatchedProgramme"], context: CommandContext
) -> RaisedFlag | PlainDanger:
    for wanted in dangers()[code].names:
        for one in watched:
            flag = next((flag for flag in one.programme.red_flags if flag.code == wanted), None)
            if flag is not None:
                return one.raised(flag)
    first = watched[0] if watched else None
    if first is None:
        return PlainDanger(code, None, "", context.language)
    title = first.programme.title[first.language]
    # Advice to a stranger goes in their own language, whatever the courses are approved in.
    language = first.language if first.row else context.language
    return PlainDanger(code, first.programme.code, title, language, first.row)


def _trigger(flag: RedFlag) -> FlagPattern:
    return FlagPattern(flag, _pattern(flag.hears), _pattern(flag.unless) if flag.unless else None)


def _pattern(phrases: Mapping[str, tuple[str, ...]]) -> re.Pattern[str]:
    words = {normal_words(word).strip() for spoken in phrases.values() for word in spoken}
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(f"(?<= )(?:{'|'.join(map(re.escape, longest_first))})(?= )")
