"""`python -m tests.corpus`: how well the texts of the corpus are understood; see `make corpus`."""

from __future__ import annotations

import argparse
from time import perf_counter

from services.health.danger.danger_lexicon import lexicon_languages
from tests.corpus.danger_variants import table as phrases_table
from tests.corpus.entries import UNSEEN, entries
from tests.corpus.health_score import (
    development_table,
    fresh_table,
    health_table,
    score,
    write_health_floor,
)
from tests.corpus.health_slips import write_slips
from tests.corpus.judging import Verdict
from tests.corpus.measuring import Measured, hurry, measure, summary, table, write_floor
from tests.corpus.second_reading import second_table

_SHOWN = 70


def main() -> None:
    """Measure, print the table, and list what was asked for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("-v", action="store_true", help="list what had an effect it must not have")
    asked.add_argument("--show", choices=list(Verdict), action="append", default=[])
    asked.add_argument("--subject", action="append", help="one file alone, such as death")
    asked.add_argument("--keep", action="store_true", help="hold the score of today as the floor")
    asked.add_argument("--health", action="store_true", help="texts of health courses alone")
    asked.add_argument(
        "--development", action="store_true", help="the texts that the lexicon is mended with"
    )
    asked.add_argument("--second", action="store_true", help="its second reader, learned in parts")
    asked.add_argument("--slips", action="store_true", help="misspell their dangers anew")
    told = asked.parse_args()
    if told.slips:
        write_slips()
    if told.second:
        print(*map(second_table, lexicon_languages()), sep="\n")
    elif told.development:
        print(development_table())
    elif told.health:
        _score_health(keep=told.keep)
    else:
        _score_door(told)


def _score_health(*, keep: bool) -> None:
    print(health_table(score()))
    print(fresh_table())
    print(phrases_table())
    if keep:
        write_health_floor(score())


def _score_door(told: argparse.Namespace) -> None:
    wanted = [one for one in entries() if not told.subject or one.subject in told.subject]
    hurry()
    started = perf_counter()
    measured = list(measure(wanted))
    shown = {*told.show, *([Verdict.EFFECT] if told.v else [])}
    for one in sorted(measured, key=lambda each: each.entry.subject):
        # Who improves the lists must not see what they are measured with.
        if one.verdict in shown and one.entry.subject not in UNSEEN:
            print(_line(one))
    print(table(measured))
    print(summary(measured))
    if not told.subject:
        _score_health(keep=told.keep)
        if told.keep:
            write_floor(measured)
    spent = perf_counter() - started
    print(f"{len(measured):,} texts in {spent:.0f} s, {1000 * spent / len(measured):.0f} ms each")


def _line(one: Measured) -> str:
    entry, seen = one.entry, one.seen
    did = ", ".join(_effect(effect.kind, effect.fields) for effect in seen.effects) or seen.outcome
    return (
        f"{entry.subject}, {entry.situation}, {entry.language}: {entry.text!r}\n"
        f"    must: {entry.written}\n    did:  {did} < {seen.told[:_SHOWN]}"
    )


def _effect(kind: str, fields: object) -> str:
    told = fields if isinstance(fields, dict) else {}
    return " ".join([kind, *(f"{name}={value}" for name, value in told.items() if value)])


if __name__ == "__main__":
    main()
