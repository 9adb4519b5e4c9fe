"""A folder of backups: which are kept, which go, and what a copy must be."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.errors import BackupGoesOn, NotABackup, NotEmpty, NotInPlace
from services.maintenance import whole_files
from services.maintenance.backup_folder import (
    Retention,
    backup_name,
    copy_backup,
    count_unnamed,
    fill,
    kept,
    newest,
    read_name,
    thin,
)
from services.maintenance.scratch import locked_folder
from tests.factories import NOW

DAY = timedelta(days=1)
OWN, OTHER = "0" * 12, "f" * 12
KEEP = Retention()
TIMES = st.sets(st.integers(0, 3 * 365 * 86_400).map(lambda after: NOW + timedelta(seconds=after)))
COUNTS = st.builds(Retention, st.integers(1, 9), st.integers(0, 6), st.integers(0, 14))


def add(folder, at, content=b"whole", of=OWN):
    """Make a backup of a time, as the command does."""

    def make(target, before):
        whole = folder / "scratch"
        whole.write_bytes(content)
        before(whole)
        whole_files.move(whole, target)

    return fill(folder, backup_name(at, of, sealed=True), make)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_kept__of_a_backup_each_night_for_two_years__days_then_weeks_then_months():
    last = datetime(2026, 11, 29, 1, 30, tzinfo=UTC)
    left = kept({last - DAY * back for back in range(730)}, KEEP)
    days = sorted((last - at).days for at in left)
    assert days[:7] == [0, 1, 2, 3, 4, 5, 6]
    # The weeks before end on Sundays, the months on their last days.
    assert [f"{last - DAY * back:%a}" for back in days[7:10]] == ["Sun"] * 3
    assert days[-1] == (last - datetime(2025, 12, 31, 1, 30, tzinfo=UTC)).days
    assert len(days) == 7 + 4 + 11


@given(TIMES, COUNTS)
def test_kept__of_any_times__has_the_newest_and_loses_none_when_thinned_again(times, keep):
    left = kept(times, keep)
    assert left <= times
    assert not times or max(times) in left
    assert kept(left, keep) == left
    assert len(left) <= sum(keep)
    assert len({at.date() for at in left}) >= min(keep.daily, len({at.date() for at in times}))


@given(TIMES, COUNTS)
def test_kept__night_after_night__never_less_than_what_one_look_back_keeps(times, keep):
    left: set[datetime] = set()
    for at in sorted(times):
        left = kept(left | {at}, keep)
    assert left >= kept(times, keep)


def test_thin__what_it_did_not_make__stays(tmp_path):
    old = NOW - 900 * DAY
    made = add(tmp_path, NOW)
    add(tmp_path, old)
    foreign = {
        backup_name(old - DAY, OWN, sealed=True): "a file without a digest beside it",
        backup_name(old - 2 * DAY, OWN, sealed=True) + ".old": "another name",
        "notes.txt": "another file",
    }
    for name, content in foreign.items():
        (tmp_path / name).write_text(content)
    (tmp_path / backup_name(old - 3 * DAY, OWN, sealed=True)).symlink_to(made)
    before = set(names(tmp_path))
    gone = thin(tmp_path, Retention(1, 0, 0), made)
    assert gone == [backup_name(old, OWN, sealed=True)]
    assert before - set(names(tmp_path)) == {gone[0], f"{gone[0]}.sha256"}


def unnamed(folder, at):
    """Make a backup of a time, as an earlier version named it."""
    made = add(folder, at)
    old = made.with_name(made.name.replace(f"-{OWN}", ""))
    made.rename(old)
    digest = made.with_name(f"{made.name}.sha256")
    text = digest.read_text("utf-8").replace(made.name, old.name)
    old.with_name(f"{old.name}.sha256").write_text(text)
    digest.unlink()
    return old


def test_thin__folder_that_two_installations_share__takes_ones_own_alone(tmp_path):
    theirs = [add(tmp_path, NOW - DAY * back, of=OTHER) for back in (0, 1, 400, 800)]
    before = unnamed(tmp_path, NOW - DAY * 900)
    ours = [add(tmp_path, NOW - DAY * back) for back in (0, 1, 800)]
    assert thin(tmp_path, Retention(1, 0, 0), ours[0]) == [ours[2].name, ours[1].name]
    assert all(path.exists() for path in (*theirs, before, ours[0]))
    assert count_unnamed(tmp_path) == 1
    assert thin(tmp_path, Retention(1, 0, 0), theirs[0]) == [
        path.name for path in reversed(theirs[1:])
    ]


def test_fill__what_another_installation_writes_there__stays(tmp_path):
    """Its lock may be of no use: the file system of a network may know none."""
    theirs = f".{backup_name(NOW, OTHER, sealed=True)}.new"
    (tmp_path / theirs).write_text("half")
    add(tmp_path, NOW)
    assert (tmp_path / theirs).exists()


def test_newest__of_a_shared_folder__is_ones_own_or_else_of_an_earlier_version(tmp_path):
    theirs = add(tmp_path, NOW, of=OTHER)
    with pytest.raises(NotABackup, match="holds no backup"):
        newest(tmp_path, OWN)
    before = unnamed(tmp_path, NOW - 2 * DAY)
    assert newest(tmp_path, OWN) == before
    own = add(tmp_path, NOW - 3 * DAY)
    assert newest(tmp_path, OWN) == own
    assert newest(tmp_path, None) == theirs


def test_thin__clock_that_was_ahead_once__keeps_the_one_just_made(tmp_path):
    add(tmp_path, NOW + 400 * DAY)
    made = add(tmp_path, NOW)
    thin(tmp_path, Retention(1, 0, 0), made)
    assert made.exists()


def test_fill__digest_beside_it__is_read_by_sha256sum(tmp_path):
    made = add(tmp_path, NOW)
    assert read_name(made.name) == (NOW.replace(microsecond=0), OWN)
    check = ["sha256sum", "--check", f"{made.name}.sha256"]
    subprocess.run(check, cwd=tmp_path, check=True, capture_output=True)
    with pytest.raises(NotEmpty, match="there already"):
        add(tmp_path, NOW)


def test_fill__while_another_program_does__is_refused(tmp_path):
    with locked_folder(tmp_path, NotEmpty("ours")), pytest.raises(BackupGoesOn):
        add(tmp_path, NOW)
    assert names(tmp_path) == []
    add(tmp_path, NOW)


def test_fill__what_a_killed_one_left__is_removed(tmp_path):
    name = backup_name(NOW - DAY, OWN, sealed=True)
    for left in (f"{name}.sha256", f".{name}.new", f".{name}.sha256.new", ".hidden"):
        (tmp_path / left).write_text("x")
    made = add(tmp_path, NOW)
    assert names(tmp_path) == sorted([".hidden", made.name, f"{made.name}.sha256"])


def test_newest__of_a_folder__is_by_name_and_of_none_an_error(tmp_path):
    with pytest.raises(NotABackup, match="holds no backup"):
        newest(tmp_path, OWN)
    late, _ = add(tmp_path, NOW), add(tmp_path, NOW - DAY)
    os.utime(late, (0, 0))
    assert newest(tmp_path, OWN) == late


def test_copy__whole__has_the_same_bytes_and_digest(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    copy = copy_backup(add(first, NOW), second)
    assert copy.read_bytes() == b"whole"
    assert names(first) == names(second)
    assert newest(second, OWN) == copy


@pytest.mark.parametrize("fault", ["changed", "no folder", "a folder of that name", "goes on"])
def test_copy__that_fails__is_told_and_the_first_stays(tmp_path, monkeypatch, fault):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    made = add(first, NOW)
    before = names(first)
    if fault != "no folder":
        second.mkdir()
    if fault == "a folder of that name":
        (second / made.name).mkdir()
        (second / made.name / "x").touch()
    if fault == "changed":
        copy = whole_files.copy

        def copy_changed(source, target):
            copy(source, target)
            target.write_bytes(b"whale")

        monkeypatch.setattr(whole_files, "copy", copy_changed)
    if fault == "goes on":
        with locked_folder(second, NotEmpty("ours")), pytest.raises(BackupGoesOn):
            copy_backup(made, second)
    else:
        with pytest.raises(NotInPlace, match="The copy"):
            copy_backup(made, second)
    assert names(first) == before
    assert not second.exists() or not [path for path in second.iterdir() if path.is_file()]
