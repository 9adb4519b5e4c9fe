"""Red flags: words of danger in any message, from any sender."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from services.health.care.concerns import ConcernKind, NewConcern, raise_concern
from services.health.conversation.active_programmes import ActiveProgramme
from services.health.conversation.answer_parser import words_of
from services.health.conversation.member import any_member_of
from services.health.courses.subscriptions import open_subscriptions
from services.health.format.model import Programme, RedFlag
from services.health.versions.store import readable
from services.messaging.command_router import CommandContext
from services.messaging.outbox import ReplyText, Trace
from services.storage.models import Subscription


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
    """A red flag found in a message, its programme's version, and the language of the reply.

    `row` is the sender's subscription; None: they are no member.
    """

    flag: RedFlag
    programme: Programme
    version_id: int
    language: str
    row: Subscription | None = None


class RedFlagMatcher:
    """Finds red flags in messages; the patterns of each version are compiled once."""

    def __init__(self, programmes: Mapping[str, ActiveProgramme]) -> None:
        self._programmes = programmes
        self._triggers: dict[int, tuple[FlagPattern, ...]] = {}

    def find(self, text: str, context: CommandContext) -> RaisedFlag | None:
        """Return the red flag in a message: of the sender's own courses first, then of all.

        A withdrawn course still detects danger of its members.
        """
        words = f" {words_of(text)} "
        for row in open_subscriptions(context.unit.session, context.party.id):
            programme = readable(context.unit.session, row.version_id)
            flag = programme and self._raised(words, row.version_id, programme)
            if programme and flag:
                return RaisedFlag(flag, programme, row.version_id, row.language, row)
        for one in self._programmes.values():
            for language in one.languages(context.language):
                version, programme = one.versions[language], one.programmes[language]
                flag = self._raised(words, version, programme)
                if flag:
                    return RaisedFlag(flag, programme, version, language)
        return None

    def _raised(self, words: str, version_id: int, programme: Programme) -> RedFlag | None:
        if version_id not in self._triggers:
            self._triggers[version_id] = tuple(map(_trigger, programme.red_flags))
        triggers = self._triggers[version_id]
        return next((trigger.flag for trigger in triggers if trigger.is_in(words)), None)


def raise_flag(flagged: RaisedFlag, context: CommandContext) -> Sequence[ReplyText]:
    """Notify the clinician, and return the reply."""
    flag, programme, version_id, language, row = flagged
    if flag.alert:
        concern = NewConcern(
            ConcernKind.FLAG,
            flag.code,
            context.party.id,
            context.number,
            programme.code,
            programme.title[language],
            row.id if row else None,
        )
        raise_concern(context.unit.session, concern, context.now)
    if row is not None:
        return [any_member_of(context.unit.session, row, context.now).reply(flag.reply, flag.code)]
    trace = Trace(version_id=version_id, item=flag.code, language=language)
    return [ReplyText(flag.reply.in_language(language), trace)]


def _trigger(flag: RedFlag) -> FlagPattern:
    return FlagPattern(flag, _pattern(flag.hears), _pattern(flag.unless) if flag.unless else None)


def _pattern(phrases: Mapping[str, tuple[str, ...]]) -> re.Pattern[str]:
    words = {words_of(word) for spoken in phrases.values() for word in spoken}
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(f"(?<= )(?:{'|'.join(map(re.escape, longest_first))})(?= )")
