"""A trial of a programme: arms, ratio, strata, dates, and what is asked of everybody; pure.

The block of the file is the design: it is recorded before the first person, and is final then.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from services.health.format.documents import Node
from services.health.format.entries import Entry, Expect
from services.health.format.item_parser import names_of
from services.health.format.items import Item, Phase

UNKNOWN = "unknown"
"""Stratum of a person whose answer is missing."""

_MOST_PEOPLE, _MOST_RATIO = 1_000_000, 10
_DIGEST = re.compile("[0-9a-f]{64}")
_MEMBERS = (
    *("code", "title", "protocol", "unit", "start", "stop", "arms", "follow_up", "primary"),
    *("strata", "wedge", "target"),
)
_NEEDED = _MEMBERS[:9]
_DAY_WANTED = "a day, such as 2027-02-01"


class Unit(StrEnum):
    """Unit that chance assigns; of all but PERSON, the intake asks which one is the person's."""

    PERSON = "person"
    FACILITY = "facility"
    WARD = "ward"
    DISTRICT = "district"


@dataclass(frozen=True, slots=True)
class Arm:
    """An arm, its share of the ratio, the phases that only arms which name them get.

    `what` describes it for the protocol's readers, and is sent to nobody.
    """

    code: str
    ratio: int
    gets: tuple[str, ...]
    what: str


@dataclass(frozen=True, slots=True)
class Wedge:
    """Steps of a stepped wedge: units drawn for a step go over from one arm to the other."""

    before: str
    after: str
    steps: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Protocol:
    """The protocol's document: its SHA-256, version, and number in a register of trials."""

    digest: str
    version: str
    registered: str


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial.

    Attributes:
        start, stop: first and last local day on which people are allocated.
        follow_up: assessments that every arm is asked alike.
        primary: code of the outcome, and its assessment.
        strata: questions of the intake; within each combination of answers the arms are balanced.
        target: people to be allocated; 0: not told.
    """

    code: str
    title: str
    protocol: Protocol
    unit: Unit
    start: date
    stop: date
    arms: tuple[Arm, ...]
    follow_up: tuple[str, ...]
    primary: tuple[str, str]
    strata: tuple[str, ...] = ()
    wedge: Wedge | None = None
    target: int = 0

    def gets(self, arm: str, phase: Phase) -> bool:
        """Return whether an arm gets a phase: one that no arm names is everybody's."""
        named = {one.code for one in self.arms if phase.id in one.gets}
        return not named or arm in named

    def is_shared(self, phase: Phase) -> bool:
        """Return whether every arm gets a phase."""
        return all(self.gets(one.code, phase) for one in self.arms)

    @property
    def asked(self) -> tuple[str, ...]:
        """Questions of the intake that decide where a person is allocated."""
        return self.strata if self.unit is Unit.PERSON else (self.unit.value,)


def group_of(cohort: str, arm: str | None) -> str:
    """Return the name under which a course keeps the texts of a cohort in an arm."""
    return f"{cohort}/{arm}" if arm else cohort


def values_of(entry: Entry | None, provinces: tuple[str, ...]) -> tuple[str, ...]:
    """Return the values that an answer to a question may have as a stratum; empty: it is open."""
    ask = entry.ask if entry else None
    if ask is None:
        return ()
    if ask.expect is Expect.CHOICE:
        return tuple(option.code for option in ask.options)
    if ask.expect is Expect.NUMBER and ask.least is not None and ask.most is not None:
        return tuple(map(str, range(ask.least, ask.most + 1)))
    return provinces if ask.expect is Expect.PROVINCE else ()


def design_of(trial: Trial, clusters: tuple[str, ...]) -> dict[str, Any]:
    """Return the design as it is recorded; `clusters` are the units that chance assigns."""
    wedge = trial.wedge
    return {
        "trial": trial.code,
        "title": trial.title,
        "protocol": {
            "sha256": trial.protocol.digest,
            "version": trial.protocol.version,
            "registered": trial.protocol.registered,
        },
        "unit": trial.unit.value,
        "clusters": list(clusters),
        "start": trial.start.isoformat(),
        "stop": trial.stop.isoformat(),
        "arms": [
            {"code": arm.code, "ratio": arm.ratio, "gets": list(arm.gets), "what": arm.what}
            for arm in trial.arms
        ],
        "strata": list(trial.strata),
        "follow_up": list(trial.follow_up),
        "primary": {"outcome": trial.primary[0], "assessment": trial.primary[1]},
        "target": trial.target,
        "wedge": wedge
        and {
            "before": wedge.before,
            "after": wedge.after,
            "steps": [step.isoformat() for step in wedge.steps],
        },
    }


def read_trial(node: Node, day: Callable[[str], date]) -> Trial | None:
    """Read the `trial` block; None: the programme has none."""
    if node.missing:
        return None
    node.members(*_MEMBERS, needed=_NEEDED)
    primary, wedge = node.get("primary"), node.get("wedge")
    primary.members("outcome", "assessment", needed=("outcome", "assessment"))
    return Trial(
        code=node.get("code").name(),
        title=node.get("title").text(),
        protocol=_protocol(node.get("protocol")),
        unit=node.get("unit").parsed(Unit, Unit.PERSON, "person, facility, ward or district"),
        start=node.get("start").parsed(day, date.min, _DAY_WANTED),
        stop=node.get("stop").parsed(day, date.max, _DAY_WANTED),
        arms=tuple(map(_arm, node.get("arms").each())),
        follow_up=names_of(node.get("follow_up")),
        primary=(primary.get("outcome").name(), primary.get("assessment").name()),
        strata=names_of(node.get("strata")),
        wedge=None if wedge.missing else _wedge(wedge, day),
        target=node.get("target").whole(0, 1, _MOST_PEOPLE),
    )


def _protocol(node: Node) -> Protocol:
    node.members("sha256", "version", "registered", needed=("sha256", "version", "registered"))
    digest = node.get("sha256")
    if not digest.missing and not _DIGEST.fullmatch(digest.text()):
        digest.fault("must be the SHA-256 of the protocol's file: 64 of 0-9 and a-f, in quotes")
    return Protocol(digest.text(), node.get("version").text(), node.get("registered").text())


def _arm(node: Node) -> Arm:
    node.members("code", "ratio", "gets", "what", needed=("code", "gets", "what"))
    return Arm(
        node.get("code").name(),
        node.get("ratio").whole(1, 1, _MOST_RATIO),
        names_of(node.get("gets")),
        node.get("what").text(),
    )


def _wedge(node: Node, day: Callable[[str], date]) -> Wedge:
    node.members("before", "after", "steps", needed=("before", "after", "steps"))
    return Wedge(
        node.get("before").name(),
        node.get("after").name(),
        tuple(one.parsed(day, date.min, _DAY_WANTED) for one in node.get("steps").each()),
    )


def shared_items(trial: Trial, phases: tuple[Phase, ...]) -> Iterator[Item]:
    """Yield the items that every arm gets, so that seeing one tells nothing of the arm."""
    for phase in phases:
        if trial.is_shared(phase):
            yield from phase.items
