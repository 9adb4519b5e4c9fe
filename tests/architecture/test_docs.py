"""What the documents name is there: files, headings, commands and their options, settings."""

from __future__ import annotations

import re
from functools import cache

import click
import pytest

from services.cli import cli
from services.core.variables import VARIABLES
from tests.services.console.gallery import INDEX, gallery
from tests.support.paths import ROOT

PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)")
COMMAND = re.compile(r"(?<![\w/.=-])(?:\.venv/bin/)?bilum ((?:[\w.-]+ ?|[\[\]] ?)+)")
# Of tests and benches, which read them themselves.
THEIR_OWN = re.compile("BILUM_(?:TEST|BENCH)_")
# `BILUM_X_FILE` stands for any variable.
VARIABLE = re.compile("BILUM_(?!X_FILE)[A-Z0-9_]*[A-Z0-9]")


def slug(heading):
    """The anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


@cache
def anchors(page):
    return {
        slug(line.lstrip("#")) for line in page.read_text("utf-8").splitlines() if line[:1] == "#"
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links__of_a_page__lead_somewhere(page):
    astray = [
        f"{path}#{anchor}"
        for path, anchor in LINK.findall(page.read_text("utf-8"))
        if not leads_somewhere((page.parent / path).resolve() if path else page, anchor)
    ]
    assert astray == []


def leads_somewhere(target, anchor):
    return target.exists() and (not anchor or anchor in anchors(target))


def said_commands(page):
    """Commands within code, each as its words."""
    for code in re.findall(r"```sh\n.*?```|`[^`\n]+`", page.read_text("utf-8"), re.DOTALL):
        for words in COMMAND.findall(code.replace("`", " ")):
            yield re.findall(r"[\w.-]+", words)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands__of_a_page__are_ours_with_these_options(page):
    assert [words for words in said_commands(page) if not is_ours(words)] == []


def is_ours(words):
    command, context = cli, click.Context(cli)
    while isinstance(command, click.Group) and words and not words[0].startswith("--"):
        command, words = command.get_command(context, words[0]), words[1:]
    if command is None:
        return False
    known = {name for one in command.params for name in one.opts} | {"--help", "--version"}
    return {word for word in words if word.startswith("--")} <= known


def test_settings__of_the_pages__are_ours():
    named = {name for page in PAGES for name in VARIABLE.findall(page.read_text("utf-8"))}
    named = {name.removesuffix("_FILE") for name in named if not THEIR_OWN.match(name)}
    assert named <= {variable.name for variable in VARIABLES}


def test_gallery__of_the_console__lists_the_pictures_that_are_there():
    assert INDEX.read_text("utf-8") == gallery(), "draw them: python -m tests.services.console"
