"""What a programme is, as data: docs/programmes.md tells the format; plain values.

Texts are by language. Days are whole days from an anchor: a date of a person's own, such as the
quit date, or of the calendar. Times are local to the person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum

from services.health.format.entries import Action, Entry, Text
from sms.message import Late

ENROLMENT = "enrolment"
"""The anchor that every course has: the day on which the person became active."""

ALL = "all"


class Status(StrEnum):
    """How far the texts of a language are."""

    COMPLETE = "complete"
    DRAFT = "draft"


class Resume(StrEnum):
    """What a pause does to the days counted from enrolment: they wait, or they go by."""

    SHIFT = "shift"
    CONTINUE = "continue"


@dataclass(frozen=True, slots=True)
class Item(Entry):
    """A text at its own day and time.

    Attributes:
        day: from the anchor of its phase; 0 is the anchor's own day.
        at: local time.
        late: what becomes of it when it could not go at its time: see `sms.message.Late`.
        cohorts: who gets it; those of its phase, unless it says otherwise.
        double_ok: whether twice is better than not at all.
        assessment: whether its answer is an outcome; no change of plan drops it.
    """

    day: int = 0
    at: time = time(9)
    late: Late = Late.SKIP
    cohorts: tuple[str, ...] = (ALL,)
    double_ok: bool = False
    assessment: bool = False


@dataclass(frozen=True, slots=True)
class Phase:
    """Texts that are counted from one anchor."""

    id: str
    anchor: str
    items: tuple[Item, ...]
    cohorts: tuple[str, ...] = (ALL,)


@dataclass(frozen=True, slots=True)
class Anchor:
    """A date that days are counted from.

    Attributes:
        code: such as `quit`.
        label: what it is called, by language.
        dates: where it is the calendar's.
        given: whether a list or a health worker tells it, so that no answer must.
    """

    code: str
    label: Mapping[str, str]
    dates: tuple[date, ...] = ()
    given: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """What a person may say at any time, and the replies that take turns.

    Attributes:
        code: such as `crave`.
        says: by language: what a message begins with. `join` is what enrols.
        hears: by language: words anywhere in a message of a member that nothing else understood.
        replies: one after the other, then again from the first.
        actions: what is done besides.
    """

    code: str
    says: Mapping[str, tuple[str, ...]]
    hears: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    replies: tuple[Text, ...] = ()
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class RedFlag:
    """Words of danger: what is answered at once, and whether a clinician is told.

    Attributes:
        code: such as `suicide`.
        hears: by language: words anywhere in a message.
        reply: what the sender is told.
        alert: whether a clinician is told.
        unless: by language: longer phrases that are harmless, though words of danger are in them.
    """

    code: str
    hears: Mapping[str, tuple[str, ...]]
    reply: Text
    alert: bool = True
    unless: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a course is for: assessments whose answer tells, and the codes that are success.

    Who did not answer counts as no success; both denominators are shown.
    """

    code: str
    label: Mapping[str, str]
    assessments: tuple[str, ...]
    success: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Programme:
    """A whole programme.

    Attributes:
        code: its scope of consent, such as `tobacco`.
        area: the programme of Be Healthy, Be Mobile that it belongs to, such as mTobaccoCessation.
        title: what it is called to the people in it, in a few letters.
        example: whether it was written as an example for a ministry to adapt.
        languages: and how far each is.
        nameless: what `{name}` becomes for who told no name.
        revealing: by language: words that no discreet text may hold.
        cohorts: codes; the first is where one begins. Empty: there is one, `all`.
        anchors: besides `enrolment`.
        join: words that enrol.
        invitation: the text of a campaign that invites.
        intake: asked one after the other by who joins: screening, consent, then what is needed.
        welcome: said when the intake is done and the course begins.
        phases: the course.
        questions: asked by actions alone.
        words: on demand.
        red_flags: words of danger.
        stop: what STOP is answered, and the question why; it must say how to stop everything.
        pause_days: how long PAUSE lasts.
        resume: see `Resume`.
        last_day: the anchor and day after which the course is over.
        outcomes: see `Outcome`.
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

    def entries(self) -> Iterator[Entry]:
        """Yield everything that has an id: intake, course, questions, the question why."""
        yield from self.intake
        for phase in self.phases:
            yield from phase.items
        yield from self.questions
        if self.stop:
            yield self.stop

    def entry(self, entry_id: str) -> Entry:
        """Return an entry by its id.

        Raises:
            KeyError: there is none.
        """
        for entry in self.entries():
            if entry.id == entry_id:
                return entry
        raise KeyError(entry_id)
