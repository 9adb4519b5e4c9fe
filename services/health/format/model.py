"""A programme as plain values, and its texts for one person; docs/programmes.md gives the format.

Texts are by language. Days are whole days from an anchor: a person's own date, such as the quit
date, or a date of the calendar. Times are local to the person.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from services.health.format.ceilings import Ceiling
from services.health.format.entries import Action, Entry, Text
from services.health.format.evidence import Guideline
from services.health.format.items import ALL, Phase
from services.health.format.life_events import LifeEvent
from services.health.format.trials import Trial, group_of, shared_items
from services.texts.catalogue import day_and_month, fit, help_words, say, wants_help
from sms.encoding import shorten

ENROLMENT = "enrolment"
"""The anchor that every course has: the day on which the person became active."""

NAME_LETTERS, PLACE_LETTERS, KEPT_LETTERS = 12, 20, 30
"""Longest name, place, and words of a person's own in a text."""


class Status(StrEnum):
    """Status of a language's texts; a draft cannot be approved and is not sent."""

    COMPLETE = "complete"
    DRAFT = "draft"


class Resume(StrEnum):
    """Handling of days counted from enrolment in a pause: they stand still, or go by."""

    SHIFT = "shift"
    CONTINUE = "continue"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A date that days are counted from, such as `quit`; `dates` are those of one of the calendar.

    `given`: a list or a health worker sets it, so that no answer has to.
    """

    code: str
    label: Mapping[str, str]
    dates: tuple[date, ...] = ()
    given: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """A keyword that a person may send at any time, such as `crave`.

    By language it tells how a message begins (`says`), and words anywhere in a member's message
    that no command matched (`hears`), or that are all of it (`alone`). Replies are sent in turn,
    then again from the first.
    """

    code: str
    says: Mapping[str, tuple[str, ...]]
    hears: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    replies: tuple[Text, ...] = ()
    actions: tuple[Action, ...] = ()
    alone: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RedFlag:
    """Words of danger anywhere in a message, the reply, and whether a clinician is notified.

    Words are by language; `unless` are longer harmless phrases that contain words of danger.
    `rests`: the course rests until a clinician has written a note.
    """

    code: str
    hears: Mapping[str, tuple[str, ...]]
    reply: Text
    alert: bool = True
    unless: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rests: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """A result of a course: its assessments, and the answers that count as success.

    An assessment is an item of the course, or a question that an answer to one asks. A person
    without an answer is no success. `baseline`: the same question, asked at the beginning.
    """

    code: str
    label: Mapping[str, str]
    assessments: tuple[str, ...]
    success: tuple[str, ...]
    baseline: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Programme:
    """A whole programme.

    Attributes:
        code: its scope of consent, such as `tobacco`.
        area: its programme of Be Healthy, Be Mobile, such as mTobaccoCessation.
        title: its name for members, in a few letters.
        example: whether it was written as an example for a ministry to adapt.
        nameless: stands for `{name}` of a person whose name is not known.
        revealing: by language: words that no discreet text may hold.
        cohorts: codes; a person begins in the first. Empty: there is one, `all`.
        anchors: besides `enrolment`.
        join: keywords that enrol.
        intake: questions asked one by one on joining: screening, consent, then the rest.
        welcome: sent when the intake is done and the course begins.
        questions: asked only by actions.
        least_age: years from which people may join; 0: everybody. None: not told.
        stop: the reply to STOP, which asks why and must say how to stop everything.
        last_day: the anchor and day after which the course is over.
        later: further anchors and days; the last of those that a person has is the end.
        trial: chance decides which of its phases a person gets; None: everybody gets all.
        ceiling: the most that it may cost for a person; None: not told.
        replaced: database keys of the versions whose text took the place of a recalled one, by the
            text's id and language.
        sources: documents that its texts rest on.
    """

    code: str
    area: str
    title: Mapping[str, str]
    languages: Mapping[str, Status]
    intake: tuple[Entry, ...]
    welcome: Text
    phases: tuple[Phase, ...]
    last_day: tuple[str, int]
    example: bool = False
    nameless: Mapping[str, str] = field(default_factory=dict)
    revealing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cohorts: tuple[str, ...] = ()
    anchors: tuple[Anchor, ...] = ()
    join: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    invitation: Text | None = None
    questions: tuple[Entry, ...] = ()
    words: tuple[Word, ...] = ()
    red_flags: tuple[RedFlag, ...] = ()
    stop: Entry | None = None
    pause_days: int = 14
    resume: Resume = Resume.SHIFT
    outcomes: tuple[Outcome, ...] = ()
    events: tuple[LifeEvent, ...] = ()
    later: tuple[tuple[str, int], ...] = ()
    trial: Trial | None = None
    least_age: int | None = None
    ceiling: Ceiling | None = None
    sources: tuple[Guideline, ...] = ()

    def groups(self) -> dict[str, tuple[str, str | None]]:
        """Return cohort and arm of each group of people that gets the same texts, by its name."""
        arms = [arm.code for arm in self.trial.arms] if self.trial else [None]
        cohorts = self.cohorts or (ALL,)
        return {group_of(cohort, arm): (cohort, arm) for cohort in cohorts for arm in arms}

    def phases_of(self, arm: str | None) -> tuple[Phase, ...]:
        """Return the phases of an arm; None: all."""
        trial = self.trial
        if trial is None or arm is None:
            return self.phases
        return tuple(phase for phase in self.phases if trial.gets(arm, phase))

    def blind_items(self) -> frozenset[str] | None:
        """Return the ids of items that tell nothing of an arm; None: no item tells any."""
        if self.trial is None:
            return None
        return frozenset(item.id for item in shared_items(self.trial, self.phases))

    replaced: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def source(self, text_id: str, language: str, version: int) -> int:
        """Return the version whose text this is: the programme's own, or that of a recall."""
        return self.replaced.get((text_id, language), version)

    def kept(self) -> frozenset[str]:
        """Return the codes by which people's own words are kept."""
        asked = (entry.ask for entry in self.entries())
        return frozenset(ask.keep for ask in asked if ask and ask.keep)

    def entries(self) -> Iterator[Entry]:
        """Yield every entry that has an id: intake, course, questions, the reply to STOP."""
        yield from self.intake
        for phase in (*self.phases, *(event.track for event in self.events)):
            yield from phase.items
        yield from self.questions
        if self.stop:
            yield self.stop

    def event(self, code: str) -> LifeEvent | None:
        """Return the answer to an event; None: the course has none."""
        return next((one for one in self.events if one.code == code and not one.none), None)

    def entry(self, entry_id: str) -> Entry:
        """Return an entry by its id.

        Raises:
            KeyError: no entry has this id.
        """
        for entry in self.entries():
            if entry.id == entry_id:
                return entry
        raise KeyError(entry_id)


class Personal(NamedTuple):
    """A person's values for the placeholders of a text; `anchors`: by code.

    `province` decides the numbers to call; None: not known. `kept`: words of their own, by code.
    """

    name: str | None = None
    place: str | None = None
    anchors: Mapping[str, date] = {}
    discreet: bool = False
    province: str | None = None
    kept: Mapping[str, str] = {}


def is_personal(template: str) -> bool:
    """Tell whether a text has placeholders, so that it differs from person to person."""
    return "{" in template


def render(programme: Programme, text: Text, language: str, personal: Personal) -> str:
    """Return a text with its placeholders filled, in one segment.

    Raises:
        KeyError: the text has no such language, or an unknown placeholder.
    """
    template = text.in_language(language, discreet=personal.discreet)
    if not is_personal(template):
        return template
    if not personal.place:
        template = template.replace(" {place}", "")
    # An unknown date is replaced by its label.
    dates = {anchor.code: anchor.label.get(language, "") for anchor in programme.anchors}
    dates |= {code: day_and_month(day, language) for code, day in personal.anchors.items()}
    nameless = programme.nameless.get(language, "")
    title = say("programme.course", language) if personal.discreet else programme.title[language]
    values = {
        "title": title,
        "name": shorten(given_name(personal.name) or nameless, NAME_LETTERS),
        "place": shorten(personal.place or "", PLACE_LETTERS),
        **dates,
        **personal.kept,
    }
    if wants_help(template):
        values |= help_words(language, personal.province)
    return fit(template, values)


def with_help(template: str, language: str, province: str | None = None) -> str:
    """Fill the numbers to call into a text for somebody who is no member."""
    if wants_help(template):
        for name, value in help_words(language, province).items():
            template = template.replace(f"{{{name}}}", value)
    return template


def given_name(name: str | None) -> str:
    """Return the first of a person's names, for addressing them."""
    return (name or "").split(" ")[0]
