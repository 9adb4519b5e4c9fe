"""How many files one request goes through: `pytest -s` prints its way, the bounds keep it short."""

from __future__ import annotations

from tests.services.conftest import clock, migrated_file, migrated_folder, scene, settings, staged
from tests.services.livestock.readers.pens import reader_of
from tests.services.scene import PIG, TODAY
from tests.support.call_path import CallPath, trace_path

__all__ = ["clock", "migrated_file", "migrated_folder", "scene", "settings", "staged"]

CONFIRMATION_FILES, CONFIRMATION_RETURNS = 59, 201


def test_scan_confirmation__its_way__is_within_bounds(scene):
    reader = reader_of(scene, "keeper")
    assert reader.scan(PIG).status_code == 200
    address = f"/gateway/readers/{reader.device.id}/sessions/{reader.session}/confirm"
    body = {"as": "stocktake", "day": TODAY, "premises": scene.places["keeper"]}
    signed, answers = reader.device.sign(address, body), []
    path = trace_path(lambda: answers.append(reader.device.send(*signed)))
    assert [answer.status_code for answer in answers] == [200]
    check(path, CONFIRMATION_FILES, CONFIRMATION_RETURNS)


def check(path: CallPath, files: int, returns: int) -> None:
    """Print the way, and compare it with its bounds."""
    print(path, *path.files, sep="\n")  # noqa: T201 — the way is for reading
    assert len(path.files) <= files, path.files
    assert path.returns <= returns, str(path)
