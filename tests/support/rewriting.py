"""Test modules, rewritten by pytest once and not once in each process that shares the tests."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from _pytest.assertion import rewrite

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest


def rewrite_share(config: pytest.Config) -> None:
    """Keep a share of the modules as pytest rewrites their assertions: the others find them so.

    In a fresh clone each process would rewrite each module before its first test: half of what
    collection takes. The processes begin together, and meet the files in the same order.
    """
    given = getattr(config, "workerinput", None)
    if given is None or sys.dont_write_bytecode:
        return
    number = int(given["workerid"].removeprefix("gw"))
    largest_first = sorted(set(_modules(config)), key=lambda file: (-file.stat().st_size, file))
    for file in largest_first[number :: given["workercount"]]:
        _keep(file, config)


def _modules(config: pytest.Config) -> Iterator[Path]:
    """Yield the test modules in what pytest was asked to run."""
    for argument in config.args:
        place = config.invocation_params.dir / argument.partition("::")[0]
        yield from place.rglob("test_*.py") if place.is_dir() else ()


def _keep(file: Path, config: pytest.Config) -> None:
    folder = rewrite.get_cache_dir(file)
    kept = folder / (file.name.removesuffix(".py") + rewrite.PYC_TAIL)
    if rewrite._read_pyc(file, kept) is None and rewrite.try_makedirs(folder):
        digest, code = rewrite._rewrite_test(file, config)
        rewrite._write_pyc(config.stash[rewrite.assertstate_key], code, digest, kept)
