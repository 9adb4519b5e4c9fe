"""docs/architecture.md, its picture and docs/modules.md show the packages as the code has them."""

from __future__ import annotations

import re
import runpy

import pytest

from tests.support.paths import ROOT


def test_picture_of_the_layers__drawn_again__is_the_same():
    drawing = runpy.run_path(str(ROOT / "docs" / "draw_architecture.py"))
    drawn = drawing["draw"](drawing["rows"]())
    assert drawn == (ROOT / "docs" / "architecture.svg").read_text("utf-8"), (
        "run `.venv/bin/python docs/draw_architecture.py`"
    )


@pytest.mark.slow
def test_list_of_modules__made_again__is_the_same():
    drawing = runpy.run_path(str(ROOT / "docs" / "draw_architecture.py"))
    assert drawing["list_modules"]() == (ROOT / "docs" / "modules.md").read_text("utf-8"), (
        "run `.venv/bin/python docs/draw_architecture.py`"
    )


def test_picture_of_the_layers__every_package__is_in_it_with_its_purpose():
    drawing = runpy.run_path(str(ROOT / "docs" / "draw_architecture.py"))
    boxes = [box for layer in drawing["rows"]() for box in layer]
    packages = {
        path.parent.relative_to(ROOT).as_posix()
        for path in (ROOT / "services").glob("*/__init__.py")
    }
    assert {box.name for box in boxes} == packages | {"gateway", "chain", "sms"}
    assert all(box.purpose for box in boxes)


def test_where_a_change_goes__every_path_of_the_table__is_there():
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    missing = [path for row in text.splitlines() if row.startswith("|") for path in _absent(row)]
    assert missing == []


def _absent(row: str) -> list[str]:
    """Paths in a row of the table that are nowhere; a bare name is beside the path before it."""
    beside, absent = ROOT, []
    for path in re.findall(r"`([\w./]+[/.]\w*)`", row):
        found = [at for at in (ROOT, ROOT / "services", beside) if (at / path).exists()]
        if found:
            beside = found[0] / path
            beside = beside if beside.is_dir() else beside.parent
        else:
            absent.append(path)
    return absent
