"""Words that a person may say to a programme at any time: the replies take turns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.conversation import Said
from services.programmes.subscriptions import open_subscription
from services.programmes.talking.acting import act
from services.programmes.talking.intake import ask
from services.programmes.talking.member import Member, member_of
from services.storage.mailings import Trace
from services.texts.catalogue import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.conversation import Call
    from services.programmes.format.model import Word
    from services.programmes.talking.published import Published


def on_word(one: Published, code: str, call: Call) -> Sequence[Said]:
    """Answer a word: a member with the next of its replies, others with the first."""
    row = open_subscription(call.unit.session, call.party.id, one.programme.code)
    if row is None:
        return _to_a_stranger(one, code, call)
    member = member_of(call.unit.session, row, call.now)
    word = _word(member.programme.words, code) or _word(one.programme.words, code)
    return _in_turn(member, word) if word else ()


def _in_turn(member: Member, word: Word) -> list[Said]:
    acted = act(member, word.actions)
    told = []
    if word.replies:
        turn = int(member.row.turns.get(word.code, 0))
        place = turn % len(word.replies)
        # The same again, so that it is written: the library looks for another object.
        member.row.turns = {**member.row.turns, word.code: turn + 1}
        told.append(member.said(word.replies[place], f"{word.code}/{place + 1}"))
    return told + [ask(member, entry) for entry in acted.follow]


def _to_a_stranger(one: Published, code: str, call: Call) -> Sequence[Said]:
    """Help who is in need though he is no member, and tell how to become one."""
    language = one.language(call.language)
    word = _word(one.programme.words, code)
    joins = one.programme.join.get(language, ())
    hint = say(
        "programme.join_hint",
        language,
        title=one.title(language),
        word=joins[0] if joins else f"JOIN {one.programme.code.upper()}",
    )
    if word is None or not word.replies:
        return (Said(hint),)
    trace = Trace(version_id=one.versions[language], item=f"{code}/1", language=language)
    text = word.replies[0].in_language(language)
    return (Said(text, trace), Said(hint)) if "{" not in text else (Said(hint),)


def _word(words: Sequence[Word], code: str) -> Word | None:
    return next((word for word in words if word.code == code), None)
