"""Help imports no command, and says of each what its own help says."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from services.cli import Lazy, cli

HEAVY = {"alembic", "eth_account", "flask", "jinja2", "py_ecc", "shapely", "sqlalchemy", "twilio"}
HEAVY |= {"celery", "marshmallow", "rich", "web3"}


@pytest.mark.parametrize("options", ["--help", "db --help", "ledger --help"])
def test_help__imports_no_heavy_library(options):
    code = (
        f"import sys; from services.cli import cli; cli({options.split()}, standalone_mode=False)"
    )
    found = f"{code}; print(*sorted({HEAVY} & sys.modules.keys()), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", found], capture_output=True, text=True, check=True)
    assert done.stderr.split() == []
    assert "Commands:" in done.stdout


def lazy_groups(group):
    yield group
    for name in group.where:
        command = group.get_command(click.Context(group), name)
        if isinstance(command, Lazy):
            yield from lazy_groups(command)


def test_help__of_each_command__is_the_commands_own_line():
    groups = list(lazy_groups(cli))
    assert {group.name for group in groups} == {"cli", "db", "ledger"}
    for group in groups:
        for name, (_, line) in group.where.items():
            command = group.get_command(click.Context(group), name)
            assert line == command.get_short_help_str(1000), name
