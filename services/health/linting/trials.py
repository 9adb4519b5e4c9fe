"""Lint rules for trials: arms, follow-up alike for all, consent, dates, strata, blinding; pure."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date

from services.core.geography import PROVINCES
from services.health.format.entries import Text
from services.health.format.model import Programme
from services.health.format.trials import Trial, Unit, shared_items, values_of
from services.health.linting.findings import Finding, fault, plain, texts_of, warning

_LEAST_ARMS, _MOST_STRATA = 2, 200
_PROVINCES = tuple(PROVINCES)
# What a consent to a trial must say, in languages that the program knows.
_MUST_SAY: Mapping[str, Mapping[str, re.Pattern[str]]] = {
    "that it is a study": {
        "en": re.compile(r"\b(?:study|trial|research)\b", re.IGNORECASE),
        "tpi": re.compile(r"\b(?:painimaut|stadi|study|risets)\b", re.IGNORECASE),
    },
    "that chance decides": {
        "en": re.compile(r"\b(?:chance|by lot|random|randomly|lottery)\b", re.IGNORECASE),
        "tpi": re.compile(r"\b(?:laki|satu|pilai kat|chance)\b", re.IGNORECASE),
    },
    "that leaving costs nothing": {
        "en": re.compile(
            r"\b(?:leav\w+|stop\w*|end) (?:\w+ ){0,4}(?:costs? nothing|free|no loss)\b"
            r"|\blose nothing\b",
            re.IGNORECASE,
        ),
        "tpi": re.compile(
            r"\b(?:lusim|pinis\w*|stopim\w*)\b.{0,30}\b(?:nating|i no gat pe|i no gat kos)\b",
            re.IGNORECASE,
        ),
    },
}
_NAMES_ARMS = re.compile(
    r"\b(?:control|comparison|treatment|intervention|kontrol|grup|arm)"
    r" (?:group|arm|grup|[a-d1-4])\b"
    r"|\bplacebo\b",
    re.IGNORECASE,
)


def lint_trial(programme: Programme, today: date) -> Iterator[Finding]:
    """Yield faults of the trial of a programme, if it has one."""
    trial = programme.trial
    if trial is None:
        return
    if not programme.example and not trial.protocol.digest.strip("0"):
        message = "is that of no file: put the SHA-256 of the protocol there"
        yield fault("trial_protocol", "trial.protocol.sha256", message)
    yield from _dates(trial, today)
    yield from _arms(programme, trial)
    yield from _follow_up(programme, trial)
    yield from _asked(programme, trial)
    yield from _wedge(programme, trial)
    yield from _consent(programme)
    yield from _unblinding(programme, trial)


def _dates(trial: Trial, today: date) -> Iterator[Finding]:
    if trial.start > trial.stop:
        yield fault("trial_dates", "trial.stop", "is before the start")
    elif trial.stop < today:
        yield fault("trial_dates", "trial.stop", "is in the past: nobody would be allocated")


def _arms(programme: Programme, trial: Trial) -> Iterator[Finding]:
    if len(trial.arms) < _LEAST_ARMS:
        yield fault("trial_arms", "trial.arms", "a trial compares two arms or more")
    for code, times in Counter(arm.code for arm in trial.arms).items():
        if times > 1:
            yield fault("trial_arms", f"trial.arms.{code}", "this occurs twice")
    phases = {phase.id for phase in programme.phases}
    for arm in trial.arms:
        for unknown in sorted(set(arm.gets) - phases):
            yield fault("trial_arms", f"trial.arms.{arm.code}.gets", f"there is no phase {unknown}")
        if not arm.gets:
            message = "gets no phase of its own: an arm without texts cannot be told as received"
            yield fault("trial_arms", f"trial.arms.{arm.code}.gets", message)
    if len({frozenset(arm.gets) for arm in trial.arms}) < len(trial.arms):
        yield fault("trial_arms", "trial.arms", "two arms get the same")


def _follow_up(programme: Programme, trial: Trial) -> Iterator[Finding]:
    shared = {item.id for item in shared_items(trial, programme.phases) if item.assessment}
    for phase in programme.phases:
        for item in phase.items:
            if item.assessment and not trial.is_shared(phase):
                message = "is an assessment that only some arms get: put it into a phase for all"
                yield fault("trial_follow_up", f"phases.{phase.id}.{item.id}", message)
    for place, name in enumerate(trial.follow_up):
        if name not in shared:
            message = f"{name} is no assessment that every arm gets"
            yield fault("trial_follow_up", f"trial.follow_up[{place}]", message)
    if not trial.follow_up:
        yield fault("trial_follow_up", "trial.follow_up", "names no assessment")
    yield from _primary(programme, trial)


def _primary(programme: Programme, trial: Trial) -> Iterator[Finding]:
    code, assessment = trial.primary
    outcome = next((one for one in programme.outcomes if one.code == code), None)
    if outcome is None or assessment not in outcome.assessments:
        message = f"no outcome {code} has an assessment {assessment}"
        yield fault("trial_primary", "trial.primary", message)
    elif assessment not in trial.follow_up:
        yield fault("trial_primary", "trial.primary", f"{assessment} is not in `follow_up`")


def _asked(programme: Programme, trial: Trial) -> Iterator[Finding]:
    """Yield questions that decide a place and that the intake does not ask of everybody."""
    if trial.unit is not Unit.PERSON and trial.strata:
        message = f"strata balance persons; here the unit is a {trial.unit}"
        yield fault("trial_strata", "trial.strata", message)
    combinations = 1
    for place, name in enumerate(trial.asked):
        where = "trial.unit" if trial.unit is not Unit.PERSON else f"trial.strata[{place}]"
        entry = next((one for one in programme.intake if one.id == name), None)
        values = values_of(entry, _PROVINCES)
        combinations *= max(len(values), 1)
        if entry is None or entry.when is not None:
            yield fault("trial_strata", where, f"the intake does not ask {name} of everybody")
        elif not values:
            message = f"{name} has no list of answers: a choice, a number or a province has"
            yield fault("trial_strata", where, message)
    if combinations > _MOST_STRATA:
        message = f"{combinations} strata are too many to balance: {_MOST_STRATA} at most"
        yield fault("trial_strata", "trial.strata", message)


def _wedge(programme: Programme, trial: Trial) -> Iterator[Finding]:
    wedge, codes = trial.wedge, {arm.code for arm in trial.arms}
    if wedge is None:
        return
    if trial.unit is Unit.PERSON:
        message = "goes over by facility, ward or district, and not by person"
        yield fault("trial_wedge", "trial.wedge", message)
    if {wedge.before, wedge.after} != codes or len(codes) != _LEAST_ARMS:
        yield fault("trial_wedge", "trial.wedge", "`before` and `after` must be the two arms")
    steps = wedge.steps
    if not steps or list(steps) != sorted(set(steps)):
        yield fault("trial_wedge", "trial.wedge.steps", "needs days, each later than the last")
    elif not trial.start < steps[0] or steps[-1] > trial.stop:
        yield fault("trial_wedge", "trial.wedge.steps", "must lie after the start, up to the stop")
    entry = next((one for one in programme.intake if one.id == trial.unit), None)
    if len(values_of(entry, _PROVINCES)) < len(steps):
        yield fault("trial_wedge", "trial.wedge.steps", "are more than there are units")


def _consent(programme: Programme) -> Iterator[Finding]:
    for entry in programme.intake:
        if entry.ask is None or not entry.ask.consent:
            continue
        where = f"intake.{entry.id}.text"
        for language, text in _says(entry.text):
            for what, patterns in _MUST_SAY.items():
                if language not in patterns:
                    message = f"nobody checks here whether it says {what}"
                    yield warning("trial_consent", where, message, language)
                elif not patterns[language].search(text):
                    yield fault("trial_consent", where, f"must say {what}", language)


def _says(text: Text) -> Iterator[tuple[str, str]]:
    yield from text.say.items()
    yield from text.discreet.items()


def _unblinding(programme: Programme, trial: Trial) -> Iterator[Finding]:
    """Yield texts that tell their reader which arm they are in."""
    codes = [plain(arm.code) for arm in trial.arms]
    for where, text in texts_of(programme):
        for language, said in _says(text):
            words = f" {plain(said)} "
            named = next((code for code in codes if f" {code} " in words), None)
            found = _NAMES_ARMS.search(said)
            if named or found:
                what = named or (found.group() if found else "")
                message = f"tells its reader an arm: {what}. Say it otherwise, or rename the arm"
                yield fault("trial_unblinded", where, message, language)
