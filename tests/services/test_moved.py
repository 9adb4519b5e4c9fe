"""Import paths from before the rooms of `services` were arranged anew."""

from __future__ import annotations

import importlib
import subprocess
import sys
from importlib.util import find_spec

import pytest

from services import MOVED
from tests.support.paths import ROOT


@pytest.mark.parametrize("old", MOVED)
def test_import__path_from_before_the_move__is_refused_with_the_new_one(old):
    for path in (old, f"{old}.anything"):
        with pytest.raises(ModuleNotFoundError) as raised:
            importlib.import_module(path)
        assert f"{old} is now {MOVED[old]}: change" in str(raised.value)
    assert find_spec(MOVED[old])


def test_import__module_that_never_was__is_refused_as_ever():
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'services\.nothing'"):
        importlib.import_module("services.nothing")


def test_celery__old_application__prints_the_new_path():
    ended = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "services.broker", "worker"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode != 0
    assert "services.broker is now services.runtime.celery_worker: change" in ended.stderr
