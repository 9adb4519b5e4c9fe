"""Lint rules for references: ids, actions, cohorts, and anchors, who sets and shows them; pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from services.health.format.entries import Action, Do, Expect, Question, Text, When
from services.health.format.items import ALL
from services.health.format.model import ENROLMENT, Programme
from services.health.linting.findings import (
    Finding,
    actions_of,
    asked_of,
    entries_of,
    fault,
    items_with_places,
    placeholders,
    questions_of,
    warning,
)
from services.health.linting.questions import LONGEST_NUMBER, codes_of
from services.texts.catalogue import HELP

_WELCOME = "welcome"
_SET_BY_HEALTH_WORKERS = "nothing in the file sets it; an import or a health worker must"

_NONE: frozenset[str] = frozenset()


def lint_flow(programme: Programme) -> Iterator[Finding]:
    """Yield references that lead nowhere, and entries that nothing leads to."""
    yield from _ids(programme)
    yield from _whens(programme)
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


def _whens(programme: Programme) -> Iterator[Finding]:
    earlier: dict[str, Question] = {}
    for entry in programme.intake:
        if entry.when and not _may_fit(entry.when, earlier.get(entry.when.question)):
            message = f"no earlier question {entry.when.question} has these answers"
            yield fault("unreachable_question", f"intake.{entry.id}", message)
        if entry.ask:
            earlier[entry.id] = entry.ask


def _may_fit(when: When, question: Question | None) -> bool:
    if question is None:
        return False
    if when.codes:
        return set(when.codes) <= codes_of(question)
    least = max(one for one in (when.least, question.least, 0) if one is not None)
    most = min(one for one in (when.most, question.most, LONGEST_NUMBER) if one is not None)
    return question.expect is Expect.NUMBER and least <= most


def _actions(programme: Programme) -> Iterator[Finding]:
    anchors = {anchor.code for anchor in programme.anchors if not anchor.dates}
    questions = {entry.id for entry in programme.questions}
    events = {event.code for event in programme.events if not event.none}
    cohorts = set(programme.cohorts)
    for where, action in actions_of(programme):
        known, kind = {
            Do.SET: (anchors, "anchor"),
            Do.CLEAR: (anchors, "anchor"),
            Do.COHORT: (cohorts, "cohort"),
            Do.ASK: (questions, "question"),
            Do.EVENT: (events, "event"),
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


def anchors_set(programme: Programme) -> set[str]:
    """Return the anchors set by an answer, an action, the calendar or a health worker."""
    message = {anchor.code for anchor in programme.anchors if anchor.dates or anchor.given}
    found = {ENROLMENT} | message
    found |= _targets(Do.SET, (action for _, action in actions_of(programme)))
    found |= {question.sets for _, _, question in questions_of(programme) if question.sets}
    return found


def usual_anchors(programme: Programme) -> set[str]:
    """Return the anchors of a course without relapses or moved dates."""
    calendar = {anchor.code for anchor in programme.anchors if anchor.dates}
    return {ENROLMENT, programme.last_day[0], *calendar, *_after_intake(programme)}


def lint_anchors(programme: Programme) -> Iterator[Finding]:
    """Yield texts that show a date or a place that the person may not have."""
    own = {anchor.code for anchor in programme.anchors if not anchor.dates}
    placed = False
    for where, text, known in _texts_with_anchors(programme):
        named = _named(text)
        for code in sorted((named & own) - known):
            message = f"people without this date read its label instead of {{{code}}}"
            yield warning("anchor_may_be_unset", where, message)
        if "place" in named and not placed:
            placed = True
            message = "{place} is empty for people who were not imported with a place"
            yield warning("place_may_be_unset", where, message)
    for event in programme.events:
        if event.reply and _named(event.reply) & own:
            message = "also goes to people without this date: write it without"
            yield fault("placeholder_for_all", f"events.{event.code}.reply", message)
    for flag in programme.red_flags:
        if _named(flag.reply) - set(HELP):
            message = "also goes to people who are no members: no placeholders but numbers to call"
            yield fault("placeholder_for_all", f"red_flags.{flag.code}.reply", message)


def _texts_with_anchors(programme: Programme) -> Iterator[tuple[str, Text, frozenset[str]]]:
    """Yield each text with the anchors that its reader certainly has."""
    if programme.invitation:
        yield "invitation", programme.invitation, _NONE
    yield "welcome", programme.welcome, _after_intake(programme)
    known = _known_at(programme)
    for where, entry in entries_of(programme):
        yield f"{where}.text", entry.text, known[where]
        if entry.ask:
            yield from _around(where, entry.ask, known[where])
    lasting = _lasting(programme)
    for word in programme.words:
        for place, text in enumerate(word.replies):
            yield f"words.{word.code}.replies[{place}]", text, _after(lasting, word.actions)


def _around(
    where: str, question: Question, known: frozenset[str]
) -> Iterator[tuple[str, Text, frozenset[str]]]:
    for place, text in asked_of(where, question):
        yield place, text, known
    for number, branch in enumerate(question.branches):
        if branch.reply:
            after = _after(known, branch.actions, question)
            yield f"{where}.answers[{number}].reply", branch.reply, after


def _known_at(programme: Programme) -> Mapping[str, frozenset[str]]:
    lasting = _lasting(programme)
    known = {where: lasting for where, _ in entries_of(programme)}
    for where, phase, _ in items_with_places(programme):
        known[where] = lasting | {phase.anchor}
    before = _through_intake(programme)
    known |= {f"intake.{one.id}": sure for one, sure in zip(programme.intake, before, strict=False)}
    return known


def _after_intake(programme: Programme) -> frozenset[str]:
    return _through_intake(programme)[-1]


def _through_intake(programme: Programme) -> list[frozenset[str]]:
    """Return the anchors certainly set before each entry of the intake, and after the last."""
    sure, agreed = [_NONE], False
    for entry in programme.intake:
        asked = entry.ask if entry.when is None else None
        sure.append(sure[-1] | (_surely(asked, closes=agreed) if asked else _NONE))
        agreed = agreed or bool(entry.ask and entry.ask.consent)
    return sure


def _lasting(programme: Programme) -> frozenset[str]:
    """Return the anchors that the intake sets and nothing clears."""
    return _after_intake(programme) - _targets(Do.CLEAR, (one for _, one in actions_of(programme)))


def _surely(question: Question, *, closes: bool) -> frozenset[str]:
    """Return the anchors that a question of the intake sets, even if it `closes` unanswered."""
    found = set()
    if question.expect is Expect.DATE and question.sets:
        found.add(question.sets)
    if {code for branch in question.branches for code in branch.codes} >= {
        option.code for option in question.options
    } and question.branches:
        found |= set.intersection(
            *(_targets(Do.SET, branch.actions) for branch in question.branches)
        )
    return frozenset(found & _targets(Do.SET, question.otherwise) if closes else found)


def _after(
    known: frozenset[str], actions: Iterable[Action], question: Question | None = None
) -> frozenset[str]:
    done = tuple(actions)
    sets = {question.sets} if question and question.sets else set()
    return (known | sets | _targets(Do.SET, done)) - _targets(Do.CLEAR, done)


def _targets(do: Do, actions: Iterable[Action]) -> set[str]:
    return {action.target for action in actions if action.do is do}


def _named(text: Text) -> set[str]:
    templates = (*text.say.values(), *text.discreet.values())
    return {name for template in templates for name in placeholders(template) or ()}
