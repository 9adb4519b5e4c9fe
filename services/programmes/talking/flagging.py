"""Red flags: words of danger in any message, whoever sends it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from services.conversation import Said
from services.programmes.concerns import ConcernKind, Worry, raise_concern
from services.programmes.subscriptions import open_subscriptions
from services.programmes.talking.answers import words_of
from services.programmes.talking.member import any_member_of
from services.storage.mailings import Trace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.conversation import Call
    from services.programmes.format.model import RedFlag
    from services.programmes.talking.published import Published
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


Patterns = Mapping[str, tuple[Trigger, ...]]
"""By programme."""


class Flagged(NamedTuple):
    """A red flag, the programme that knows it, and where the sender is in it, if he is."""

    flag: RedFlag
    one: Published
    row: Subscription | None


def patterns_of(programmes: Mapping[str, Published]) -> Patterns:
    """Return what is looked for in every message, made once."""
    return {code: tuple(map(_trigger, one.programme.red_flags)) for code, one in programmes.items()}


def find_flag(
    text: str, patterns: Patterns, programmes: Mapping[str, Published], call: Call
) -> Flagged | None:
    """Return the flag that a message raises: of the sender's own programmes first, then of all."""
    said = f" {words_of(text)} "
    raised = {
        code: trigger.flag
        for code, triggers in patterns.items()
        for trigger in reversed(triggers)
        if trigger.is_in(said)
    }
    if not raised:
        return None
    for row in open_subscriptions(call.unit.session, call.party.id):
        if row.programme in raised:
            return Flagged(raised[row.programme], programmes[row.programme], row)
    code = next(iter(raised))
    return Flagged(raised[code], programmes[code], None)


def raise_flag(flagged: Flagged, call: Call) -> Sequence[Said]:
    """Tell the clinician, and return what to do at once."""
    flag, one, row = flagged
    language = row.language if row else one.language(call.language)
    if flag.alert:
        worry = Worry(
            ConcernKind.FLAG,
            flag.code,
            call.party.id,
            call.number,
            one.programme.code,
            one.title(language),
            row.id if row else None,
        )
        raise_concern(call.unit.session, worry, call.now)
    if row is not None:
        return [any_member_of(call.unit.session, row, call.now).said(flag.reply, flag.code)]
    trace = Trace(version_id=one.versions[language], item=flag.code, language=language)
    return [Said(flag.reply.in_language(language), trace)]


def _trigger(flag: RedFlag) -> Trigger:
    return Trigger(flag, _pattern(flag.hears), _pattern(flag.unless) if flag.unless else None)


def _pattern(phrases: Mapping[str, tuple[str, ...]]) -> re.Pattern[str]:
    words = {words_of(word) for spoken in phrases.values() for word in spoken}
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(f"(?<= )(?:{'|'.join(map(re.escape, longest_first))})(?= )")
