"""Lint rules for references: ids, actions, anchors, cohorts; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from services.health.format.entries import Do
from services.health.format.model import ALL, ENROLMENT, Programme
from services.health.linting.anchors import anchors_set
from services.health.linting.findings import Finding, fault, warning
from services.health.linting.places import actions_of, entries_of

_WELCOME = "welcome"
_SET_BY_HEALTH_WORKERS = "nothing in the file sets it; an import or a health worker must"


def lint_flow(programme: Programme) -> Iterator[Finding]:
    """Yield references that lead nowhere, and entries that nothing leads to."""
    yield from _ids(programme)
    yield from _actions(programme)
    yield from _unreached(programme)


def _ids(programme: Programme) -> Iterator[Finding]:
    # A sent message is traced by the entry's id, and a flag's reply by the flag's code.
    counted = Counter(entry.id for _, entry in entries_of(programme))
    counted.update({flag.code for flag in programme.red_flags})
    counted.update([_WELCOME])
    for entry_id, times in counted.items():
        if times > 1:
            yield fault("duplicate_id", entry_id, f"{times} texts have this id")
    for name, codes in (
        ("phases", [phase.id for phase in programme.phases]),
        ("words", [word.code for word in programme.words]),
        ("red_flags", [flag.code for flag in programme.red_flags]),
        ("outcomes", [outcome.code for outcome in programme.outcomes]),
        ("cohorts", list(programme.cohorts)),
    ):
        for code, times in Counter(codes).items():
            if times > 1:
                yield fault("duplicate_id", f"{name}.{code}", "this occurs twice")


def _actions(programme: Programme) -> Iterator[Finding]:
    anchors = {anchor.code for anchor in programme.anchors if not anchor.dates}
    questions = {entry.id for entry in programme.questions}
    cohorts = set(programme.cohorts)
    for where, action in actions_of(programme):
        known, kind = {
            Do.SET: (anchors, "anchor"),
            Do.CLEAR: (anchors, "anchor"),
            Do.COHORT: (cohorts, "cohort"),
            Do.ASK: (questions, "question"),
        }.get(action.do, ({action.target}, ""))
        if action.target not in known:
            message = f"there is no {kind} {action.target}"
            yield fault(f"unknown_{kind}", where, message)


def _unreached(programme: Programme) -> Iterator[Finding]:
    asked_ids = {action.target for _, action in actions_of(programme) if action.do is Do.ASK}
    for entry in programme.questions:
        if entry.id not in asked_ids:
            yield fault("unreachable_question", f"questions.{entry.id}", "no action asks it")
    yield from _phases(programme)
    led = {action.target for _, action in actions_of(programme) if action.do is Do.COHORT}
    for cohort in programme.cohorts[1:]:
        if cohort not in led:
            message = "no answer leads to it; only an import or a health worker can"
            yield warning("unreached_cohort", f"cohorts.{cohort}", message)


def _phases(programme: Programme) -> Iterator[Finding]:
    anchors, reached = {one.code for one in programme.anchors} | {ENROLMENT}, anchors_set(programme)
    for phase in programme.phases:
        where = f"phases.{phase.id}"
        if phase.anchor not in anchors:
            yield fault("unknown_anchor", where, f"there is no anchor {phase.anchor}")
        elif phase.anchor not in reached:
            yield fault("anchor_never_set", where, _SET_BY_HEALTH_WORKERS)
        yield from _known_cohorts(programme, where, phase.cohorts)
        if not phase.items:
            yield warning("empty_phase", where, "has no messages")
        for item in phase.items:
            if item.cohorts != phase.cohorts:
                yield from _known_cohorts(programme, f"{where}.{item.id}", item.cohorts)


def _known_cohorts(programme: Programme, where: str, cohorts: tuple[str, ...]) -> Iterator[Finding]:
    for cohort in cohorts:
        if cohort not in {ALL, *programme.cohorts}:
            yield fault("unknown_cohort", where, f"there is no cohort {cohort}")
