"""Red flags: words of danger in any message, whoever sends it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from services.health.care.concerns import ConcernKind, Worry, raise_concern
from services.health.conversation.active_programmes import Published
from services.health.conversation.answer_parser import words_of
from services.health.conversation.member import any_member_of
from services.health.courses.subscriptions import open_subscriptions
from services.health.format.model import Programme, RedFlag
from services.health.versions.store import readable
from services.messaging.command_router import CommandContext, ReplyText
from services.messaging.outbox import Trace
from services.storage.models import Subscription


class Trigger(NamedTuple):
    """What raises a flag, and what is harmless though it holds the same words."""

    flag: RedFlag
    danger: re.Pattern[str]
    harmless: re.Pattern[str] | None

    def is_in(self, said: str) -> bool:
        """Tell whether a message, a space around each of its words, raises the flag."""
        if self.harmless is not None:
            said = self.harmless.sub("", said)
        return self.danger.search(said) is not None


class Flagged(NamedTuple):
    """A red flag, and what it belongs to.

    Attributes:
        flag: what was raised.
        programme: whose flag it is.
        version_id: database key of its version.
        language: of the reply.
        row: where the sender is in it; None: he is not.
    """

    flag: RedFlag
    programme: Programme
    version_id: int
    language: str
    row: Subscription | None = None


class Watch:
    """Looks for red flags in every message; what each version listens for is made once."""

    def __init__(self, programmes: Mapping[str, Published]) -> None:
        self._programmes = programmes
        self._triggers: dict[int, tuple[Trigger, ...]] = {}

    def find(self, text: str, call: CommandContext) -> Flagged | None:
        """Return the flag that a message raises: of the sender's own courses first, then of all.

        A course that was withdrawn still hears that its member is in danger.
        """
        said = f" {words_of(text)} "
        for row in open_subscriptions(call.unit.session, call.party.id):
            programme = readable(call.unit.session, row.version_id)
            flag = programme and self._raised(said, row.version_id, programme)
            if programme and flag:
                return Flagged(flag, programme, row.version_id, row.language, row)
        for one in self._programmes.values():
            for language in one.languages(call.language):
                version, programme = one.versions[language], one.programmes[language]
                flag = self._raised(said, version, programme)
                if flag:
                    return Flagged(flag, programme, version, language)
        return None

    def _raised(self, said: str, version_id: int, programme: Programme) -> RedFlag | None:
        if version_id not in self._triggers:
            self._triggers[version_id] = tuple(map(_trigger, programme.red_flags))
        triggers = self._triggers[version_id]
        return next((trigger.flag for trigger in triggers if trigger.is_in(said)), None)


def raise_flag(flagged: Flagged, call: CommandContext) -> Sequence[ReplyText]:
    """Tell the clinician, and return what to do at once."""
    flag, programme, version_id, language, row = flagged
    if flag.alert:
        worry = Worry(
            ConcernKind.FLAG,
            flag.code,
            call.party.id,
            call.number,
            programme.code,
            programme.title[language],
            row.id if row else None,
        )
        raise_concern(call.unit.session, worry, call.now)
    if row is not None:
        return [any_member_of(call.unit.session, row, call.now).said(flag.reply, flag.code)]
    trace = Trace(version_id=version_id, item=flag.code, language=language)
    return [ReplyText(flag.reply.in_language(language), trace)]


def _trigger(flag: RedFlag) -> Trigger:
    return Trigger(flag, _pattern(flag.hears), _pattern(flag.unless) if flag.unless else None)


def _pattern(phrases: Mapping[str, tuple[str, ...]]) -> re.Pattern[str]:
    words = {words_of(word) for spoken in phrases.values() for word in spoken}
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(f"(?<= )(?:{'|'.join(map(re.escape, longest_first))})(?= )")
