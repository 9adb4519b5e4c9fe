"""The catalogues as files, with what the program does not need of them."""

from __future__ import annotations

import re
from email import message_from_string
from email.message import Message as Header
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from services.texts.catalogue import LANGUAGES
from tests.support.paths import ROOT

FOLDER = ROOT / "services" / "texts" / "locales"
DOMAINS = sorted(path.stem for path in FOLDER.glob("en/LC_MESSAGES/*.po"))
TRANSLATED = [language for language in LANGUAGES if language != "en"]


def path_of(language: str, domain: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / f"{domain}.po"


def read(language: str, domain: str) -> Catalog:
    with path_of(language, domain).open("rb") as stream:
        return read_po(stream, abort_invalid=True)


def entries(catalogue: Catalog) -> list[Message]:
    """The sentences of a catalogue, without its header."""
    return [entry for entry in catalogue if entry.context]


def header(language: str, domain: str) -> Header:
    """The fields of a header, of which Babel keeps only those that it knows."""
    head = path_of(language, domain).read_text("utf-8").partition("\n\n")[0]
    return message_from_string("\n".join(re.findall(r'^"(.*)\\n"$', head, re.MULTILINE)))
