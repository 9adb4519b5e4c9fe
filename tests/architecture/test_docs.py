"""What the documents name is there: files, headings, commands and their options, settings."""

from __future__ import annotations

import re

import click
import pytest

from services.cli import cli
from services.core.variables import VARIABLES
from tests.support.paths import ROOT

PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)")
COMMAND = re.compile(r"(?<![\w/.-])(?:\.venv/bin/)?bilum ((?:[\w.-]+ ?|[\[\]] ?)+)")
# Of tests and benches, which read them themselves.
THEIR_OWN = re.compile("BILUM_(?:TEST|BENCH)_")
# `BILUM_X_FILE` stands for any variable.
VARIABLE = re.compile("BILUM_(?!X_FILE)[A-Z0-9_]*[A-Z0-9]")


def slug(heading):
    """The anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def anchors(page):
    return {
        slug(line.lstrip("#")) for line in page.read_text("utf-8").splitlines() if line[:1] == "#"
    }


def links():
    for page in PAGES:
        for path, anchor in LINK.findall(page.read_text("utf-8")):
            yield pytest.param(page, path, anchor, id=f"{page.name}-{path}-{anchor}")


def said_commands():
    """Commands within code, each as its words."""
    for page in PAGES:
        for code in re.findall(r"```sh\n.*?```|`[^`\n]+`", page.read_text("utf-8"), re.DOTALL):
            for words in COMMAND.findall(code.replace("`", " ")):
                yield pytest.param(re.findall(r"[\w.-]+", words), id=f"{page.name}-{words.strip()}")


@pytest.mark.parametrize(("page", "path", "anchor"), list(links()))
def test_link__of_a_page__leads_somewhere(page, path, anchor):
    target = (page.parent / path).resolve() if path else page
    assert target.exists()
    assert not anchor or anchor in anchors(target)


@pytest.mark.parametrize("words", list(said_commands()))
def test_command__of_a_page__is_one_with_these_options(words):
    command, context = cli, click.Context(cli)
    while isinstance(command, click.Group) and words and not words[0].startswith("--"):
        found = command.get_command(context, words[0])
        assert found is not None, f"no command {words[0]}"
        command, words = found, words[1:]
    known = {name for one in command.params for name in one.opts} | {"--help", "--version"}
    assert {word for word in words if word.startswith("--")} <= known


def test_settings__of_the_pages__are_ours():
    named = {name for page in PAGES for name in VARIABLE.findall(page.read_text("utf-8"))}
    named = {name.removesuffix("_FILE") for name in named if not THEIR_OWN.match(name)}
    assert named <= {variable.name for variable in VARIABLES}
