"""`bilum sms`: what a text takes as an SMS."""

import json
import sys
import unicodedata
from typing import Any

import click

from sms.carriers.console import visible
from sms.encoding import Count, Encoding, count, outside_gsm7, simplify

_BITS = {Encoding.GSM7: 7, Encoding.UCS2: 16}


@click.group()
def sms() -> None:
    """Texts as phones get them."""


@sms.command("count")
@click.argument("text")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def count_text(text: str, *, as_json: bool) -> None:
    """Show the encoding of TEXT, its characters and its segments; each segment costs an SMS.

    TEXT `-` reads standard input, without the line break at its end. A single character outside
    GSM-7 leaves a segment 70 characters instead of 160: the ones that do so are named, and so is
    the text with plain quotes, dashes and spaces, where that takes less.
    """
    text = _read_input() if text == "-" else text
    if not _is_unicode(text):
        raise click.UsageError("TEXT is not UTF-8.")
    simple = simplify(text)
    saving = simple if simple != text else None
    click.echo(json.dumps(_json(text, saving), indent=2) if as_json else _table(text, saving))


def _read_input() -> str:
    text = sys.stdin.buffer.read().decode("utf-8", "surrogateescape")
    return text.removesuffix("\n").removesuffix("\r")


def _is_unicode(text: str) -> bool:
    """Return whether the text came as UTF-8: other bytes arrive as lone surrogates."""
    return all(unicodedata.category(character) != "Cs" for character in text)


def _json(text: str, saving: str | None) -> dict[str, Any]:
    outside = [
        {"character": one, "code_point": _code_point(one), "name": unicodedata.name(one, None)}
        for one in outside_gsm7(text)
    ]
    simplified = None if saving is None else {"text": saving, **_size(count(saving))}
    return {**_size(count(text)), "outside_gsm7": outside, "simplified": simplified}


def _size(size: Count) -> dict[str, object]:
    return {
        "encoding": size.encoding.value,
        "characters": size.characters,
        "units": size.units,
        "segments": size.segments,
    }


def _table(text: str, saving: str | None) -> str:
    size = count(text)
    lines = [
        f"encoding    {size.encoding}",
        f"characters  {size.characters}",
        f"units       {size.units} of {_BITS[size.encoding]} bits",
        f"segments    {size.segments}",
    ]
    lines += [f"forces UCS-2: {_describe(one)}" for one in outside_gsm7(text)]
    if saving is not None:
        less = count(saving)
        lines += [f"simplified: {less.encoding}, {less.segments} SMS", visible(saving)]
    return "\n".join(lines)


def _describe(character: str) -> str:
    shown = f"{character} " if character.isprintable() else ""
    return f"{shown}{_code_point(character)} {unicodedata.name(character, '')}".rstrip()


def _code_point(character: str) -> str:
    return f"U+{ord(character):04X}"
