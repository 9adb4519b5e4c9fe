"""Lint rules for questions: options, ranges, branches and reminders; pure."""

import re
from collections import Counter
from collections.abc import Iterator

from services.health.format.entries import Branch, Do, Entry, Expect, Question
from services.health.format.follow_up import baseline_of
from services.health.format.model import Programme
from services.health.linting.findings import Finding, fault, plain, questions_of, warning
from services.texts.catalogue import HELP

LONGEST_NUMBER = 9_999
"""An answer's number has at most four digits and no sign."""

_CODES = {key: {"answered", "declined"} for key in (Expect.NAME, Expect.WORDS)}
_ANSWERED = {"answered"}


def lint_questions(programme: Programme) -> Iterator[Finding]:
    """Yield faults of each question by itself."""
    own = {anchor.code for anchor in programme.anchors if not anchor.dates}
    for where, entry, question in questions_of(programme):
        yield from _options(where, entry, question)
        yield from _range(where, question)
        yield from _sets(where, question, own)
        yield from _keeps(programme, where, question)
        yield from _branches(where, question)
        yield from _reminders(where, question)
        if question.right:
            yield from _quiz(programme, where, entry, question)


def _quiz(programme: Programme, where: str, entry: Entry, question: Question) -> Iterator[Finding]:
    """Yield quizzes that cannot be wrong, explain nothing, or are counted as an outcome."""
    codes, right = codes_of(question), set(question.right)
    if question.expect is not Expect.CHOICE or not right < codes:
        message = "needs options, some of them right and some wrong"
        yield fault("quiz_not_answerable", f"{where}.right", message)
    explained = {code for one in question.branches if one.reply for code in one.codes or codes}
    for code in sorted(codes - explained):
        yield fault("quiz_unexplained", where, f"the answer {code} has no reply that explains it")
    used = {
        name
        for outcome in programme.outcomes
        for name in (*outcome.assessments, *baseline_of(programme, outcome))
    }
    if entry.id in used:
        message = "what somebody knows is no outcome: ask what they do"
        yield fault("quiz_is_outcome", where, message)


def codes_of(question: Question) -> set[str]:
    """Return the codes that an answer may have."""
    if question.expect is Expect.CHOICE:
        return {option.code for option in question.options}
    return _CODES.get(question.expect, _ANSWERED)


def _options(where: str, entry: Entry, question: Question) -> Iterator[Finding]:
    here = f"{where}.options"
    for code, times in Counter(option.code for option in question.options).items():
        if times > 1:
            yield fault("duplicate_id", here, f"the code {code} occurs twice")
    words_used = Counter(
        word
        for option in question.options
        for word in {plain(word) for words in option.words.values() for word in words}
    )
    for word, times in words_used.items():
        if times > 1:
            yield fault("option_word_twice", here, f"{word} means two of the options")
    for language, text in entry.text.say.items():
        for option in question.options:
            words = option.words.get(language, ())
            if not any(re.search(rf"\b{re.escape(one)}\b", text) for one in (option.key, *words)):
                message = f"the text does not say how to answer {option.code}: {option.key}"
                yield warning("option_not_told", here, message, language)


def _range(where: str, question: Question) -> Iterator[Finding]:
    least, most = question.least, question.most
    if question.expect not in {Expect.NUMBER, Expect.DATE}:
        if least is not None or most is not None:
            yield fault("bad_range", where, f"a {question.expect} has no `from` and `to`")
    elif least is None or most is None or least > most:
        yield fault("bad_range", where, "needs `from` and `to`, the least first")
    elif question.expect is Expect.NUMBER and (least < 0 or most > LONGEST_NUMBER):
        yield fault("bad_range", where, f"a number is read from 0 to {LONGEST_NUMBER}")


def _sets(where: str, question: Question, own: set[str]) -> Iterator[Finding]:
    allowed = {
        Expect.DATE: own,
        Expect.NAME: {"name"},
        Expect.PROVINCE: {"province"},
    }.get(question.expect, set())
    if question.sets is not None and question.sets not in allowed:
        message = f"a {question.expect} cannot set {question.sets}"
        yield fault("unknown_anchor", where, message)
    for place, branch in enumerate(question.branches):
        for action in branch.actions:
            if action.value == "answer" and question.expect is not Expect.DATE:
                message = f"sets {action.target} to the answer, which is no day"
                yield fault("no_day_to_set", f"{where}.answers[{place}]", message)
    for action in question.otherwise:
        if action.do is Do.SET and action.value == "answer":
            message = f"sets {action.target} to the answer, but there is none"
            yield fault("no_day_to_set", f"{where}.otherwise", message)


def _keeps(programme: Programme, where: str, question: Question) -> Iterator[Finding]:
    taken = {"name", "place", "title", *HELP, *(anchor.code for anchor in programme.anchors)}
    if (question.expect is Expect.WORDS) != (question.keep is not None):
        yield fault("bad_keep", where, "`expect: words` needs `keep`, and nothing else has it")
    elif question.keep in taken:
        yield fault("bad_keep", where, f"{{{question.keep}}} already stands for something else")


def _branches(where: str, question: Question) -> Iterator[Finding]:
    codes = codes_of(question)
    covered: set[str] = set()
    ranges: list[tuple[int, int]] = []
    for place, branch in enumerate(question.branches):
        here = f"{where}.answers[{place}]"
        for code in sorted(set(branch.codes) - codes):
            yield fault("unreachable_branch", here, f"no answer has the code {code}")
        if branch.least is not None or branch.most is not None or not _by_code(question):
            yield from _span(here, branch, question, ranges)
            continue
        reached = (set(branch.codes) or codes) & codes
        if reached and reached <= covered:
            yield fault("unreachable_branch", here, "an earlier answer takes all of this one")
        covered |= reached


def _by_code(question: Question) -> bool:
    return question.expect is not Expect.NUMBER


def _span(
    where: str, branch: Branch, question: Question, ranges: list[tuple[int, int]]
) -> Iterator[Finding]:
    """Yield faults of a branch's range, and add it to the earlier ones."""
    if _by_code(question):
        yield fault("unreachable_branch", where, "only a number is within a range")
        return
    if branch.codes:
        yield fault("unreachable_branch", where, "a number has no codes: `if: {from: 1, to: 3}`")
        return
    low, high = question.least or 0, LONGEST_NUMBER if question.most is None else question.most
    least = low if branch.least is None else max(low, branch.least)
    most = high if branch.most is None else min(high, branch.most)
    if least > most:
        yield fault("unreachable_branch", where, "no number that is asked for lies in this range")
        return
    if not _left(least, most, ranges):
        yield fault("unreachable_branch", where, "earlier ranges take all of this one")
    ranges.append((least, most))


def _left(least: int, most: int, ranges: list[tuple[int, int]]) -> bool:
    """Return whether the earlier ranges leave any number between two."""
    for low, high in sorted(ranges):
        if low > least:
            break
        least = max(least, high + 1)
    return least <= most


def _reminders(where: str, question: Question) -> Iterator[Finding]:
    if question.remind_days and question.remind_days[-1] >= question.close_days:
        last, close = question.remind_days[-1], question.close_days
        message = f"asks again on day {last}; it closes after {close}"
        yield fault("reminder_after_close", where, message)
    if question.reminder and not question.remind_days:
        yield fault("reminder_never_sent", where, "has a `reminder` and no `remind_days`")
    if question.consent and question.remind_days[1:]:
        yield warning("many_reminders", where, "consent is asked for again more than once")
