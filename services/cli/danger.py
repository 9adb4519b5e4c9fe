"""`bilum danger`: the reasons why a text is danger or none, and learning from examples."""

import sys
from pathlib import Path

import click

from services.cli.common import FOUND
from services.health.danger.danger_lexicon import lexicon_languages, limits_of, main_language
from services.health.danger.danger_words import DangerText, read_danger
from services.health.danger.examples import weights_file
from services.health.danger.learning import learn, made_from
from services.health.danger.rule_reading import read_by_rules
from services.health.danger.second_reader import second_reader

_MOST_SHOWN = 12


@click.group()
def danger() -> None:
    """Reading of texts for danger to people."""


@danger.command()
@click.argument("text")
def why(text: str) -> None:
    """Print what is heard in TEXT: what the rules find, the score, and what it is the sum of.

    It reads the lexicon alone, and keeps nothing.
    """
    told, language, heard = read_by_rules(text), main_language(text), read_danger(text)
    click.echo(f"heard: {_heard(heard)}")
    click.echo(f"rules: {', '.join(told.evidence())}")
    reader = second_reader(language)
    if reader is None:
        return
    least = limits_of(language).found if told.code else limits_of(language).alone
    score = reader.score(text, told)
    click.echo(
        f"score: {score:.2f} ({language}: tells above {least.tells}, asks above {least.asks})"
    )
    weighed = reader.why(text, told)[:_MOST_SHOWN]
    for one in weighed:
        click.echo(f"{one.weight:+.3f}  {one.feature}")


def _heard(heard: DangerText | None) -> str:
    if heard is None or heard.code is None:
        return "no danger"
    return f"{heard.code}, asked about" if heard.asks else heard.code


@danger.command("learn")
@click.argument("languages", nargs=-1)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 where weights differ.")
def learn_weights(languages: tuple[str, ...], *, check: bool) -> None:
    """Learn the weights of LANGUAGES, or of all, from the examples; takes a minute for each."""
    differ = False
    for language in languages or lexicon_languages():
        file = Path(str(weights_file(language)))
        written = learn(language)
        same = file.is_file() and file.read_text("utf-8") == written
        differ |= not same
        if not same and not check:
            file.write_text(written, encoding="utf-8")
        click.echo(f"{language}: {'the same' if same else 'differ'}, {made_from(language)[:12]}")
    if check and differ:
        sys.exit(FOUND)
