"""Texts of a programme by the ids that sent messages have, their digests and exchange; pure.

`month1` is the text of an entry, with its reminder and the reply to an answer that does not fit;
`month1/answer` the replies to its answers, `crave/2` the second reply to a keyword, `event/loss`
the reply to an event; a flag's reply has the flag's code.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import NamedTuple, TypeVar

from chain.canonical import canonical_bytes
from services.health.format.entries import Branch, Entry, Question, Text
from services.health.format.items import Phase
from services.health.format.life_events import LifeEvent
from services.health.format.model import Programme, Word

WELCOME, INVITATION = "welcome", "invitation"
EVENT_REPLY = "event/"
TEXT, REMINDER, AGAIN = range(3)
"""Places of the texts of an entry."""

E = TypeVar("E", bound=Entry)


class TextPlace(NamedTuple):
    """A text's id, and its place among the texts of that id."""

    id: str
    place: int = TEXT


TextChange = Callable[[TextPlace, Text], Text]


def answer_id(entry_id: str) -> str:
    """Return the id of the replies to a question's answers."""
    return f"{entry_id}/answer"


def texts_by_id(programme: Programme) -> dict[str, dict[int, Text]]:
    """Return every text by its id and its place."""
    found: defaultdict[str, dict[int, Text]] = defaultdict(dict)

    def note(where: TextPlace, text: Text) -> Text:
        found[where.id][where.place] = text
        return text

    map_texts(programme, note)
    return dict(found)


def is_reply(programme: Programme, text_id: str) -> bool:
    """Tell whether a text answers what somebody wrote: who got it is kept under seal."""
    entries = {entry.id for entry in programme.entries()}
    return text_id not in entries | {WELCOME, INVITATION}


def map_texts(programme: Programme, change: TextChange) -> Programme:
    """Return the programme with each of its texts changed."""
    invitation = programme.invitation
    return replace(
        programme,
        invitation=change(TextPlace(INVITATION), invitation) if invitation else None,
        intake=_entries(programme.intake, change),
        welcome=change(TextPlace(WELCOME), programme.welcome),
        phases=tuple(_phase(phase, change) for phase in programme.phases),
        questions=_entries(programme.questions, change),
        words=tuple(_word(word, change) for word in programme.words),
        red_flags=tuple(
            replace(flag, reply=change(TextPlace(flag.code), flag.reply))
            for flag in programme.red_flags
        ),
        stop=_entry(programme.stop, change) if programme.stop else None,
        events=tuple(_event(event, change) for event in programme.events),
    )


def _entries(entries: Sequence[E], change: TextChange) -> tuple[E, ...]:
    return tuple(_entry(entry, change) for entry in entries)


def _entry(entry: E, change: TextChange) -> E:
    ask = _question(entry.id, entry.ask, change) if entry.ask else None
    return replace(entry, text=change(TextPlace(entry.id), entry.text), ask=ask)


def _question(entry_id: str, ask: Question, change: TextChange) -> Question:
    reminder = ask.reminder and change(TextPlace(entry_id, REMINDER), ask.reminder)
    again = ask.again and change(TextPlace(entry_id, AGAIN), ask.again)
    named = answer_id(entry_id)
    branches = tuple(
        _branch(branch, TextPlace(named, place), change)
        for place, branch in enumerate(ask.branches)
    )
    return replace(ask, reminder=reminder, again=again, branches=branches)


def _branch(branch: Branch, where: TextPlace, change: TextChange) -> Branch:
    return replace(branch, reply=change(where, branch.reply)) if branch.reply else branch


def _phase(phase: Phase, change: TextChange) -> Phase:
    return replace(phase, items=_entries(phase.items, change))


def _word(word: Word, change: TextChange) -> Word:
    replies = (
        change(TextPlace(f"{word.code}/{number}"), reply)
        for number, reply in enumerate(word.replies, 1)
    )
    return replace(word, replies=tuple(replies))


def _event(event: LifeEvent, change: TextChange) -> LifeEvent:
    reply = event.reply and change(TextPlace(f"{EVENT_REPLY}{event.code}"), event.reply)
    return replace(event, reply=reply, messages=_entries(event.messages, change))


def told_in(texts: Mapping[int, Text], language: str) -> dict[str, dict[str, str | None]]:
    """Return the texts of one id in a language, by their places: what a digest is of."""
    return {
        str(place): {"say": text.say.get(language), "discreet": text.discreet.get(language)}
        for place, text in sorted(texts.items())
    }


def text_digest(texts: Mapping[int, Text], language: str) -> bytes:
    """Return the SHA-256 of the texts of one id in a language."""
    return sha256(canonical_bytes(told_in(texts, language))).digest()


def with_texts(
    programme: Programme, others: Mapping[tuple[str, str], tuple[int, Programme]]
) -> Programme:
    """Return a programme with texts of other versions, by id and language, and their versions."""
    texts = {key: texts_by_id(one) for key, one in others.values()}

    def change(where: TextPlace, text: Text) -> Text:
        for language in text.say:
            key, _ = others.get((where.id, language), (None, None))
            if key is not None:
                text = in_language_of(text, texts[key][where.id][where.place], language)
        return text

    versions = {where: key for where, (key, _) in others.items()}
    return replace(map_texts(programme, change), replaced=versions)


def in_language_of(old: Text, new: Text, language: str) -> Text:
    """Return a text with another one in its place, in one language alone, and its evidence."""
    say = {**old.say, language: new.say[language]}
    discreet = {key: one for key, one in old.discreet.items() if key != language}
    if language in new.discreet:
        discreet[language] = new.discreet[language]
    return replace(new, say=say, discreet=discreet)


def asks_alike(old: Programme, new: Programme, text_id: str) -> bool:
    """Tell whether the answers to a text mean the same in two programmes."""
    return _meaning(old, text_id) == _meaning(new, text_id)


def _meaning(programme: Programme, text_id: str) -> object:
    entry_id = text_id.partition("/")[0]
    entry = next((one for one in programme.entries() if one.id == entry_id), None)
    ask = entry.ask if entry else None
    if ask is None:
        return None
    options = sorted((option.key, option.code) for option in ask.options)
    branches = [(one.codes, one.least, one.most, one.actions) for one in ask.branches]
    return (ask.expect, options, ask.least, ask.most, ask.sets, ask.consent, branches)
