"""Encrypted backups: a full disk is no wrong key."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from services.core.errors import BackupSealed
from services.maintenance.sealing import make_identity, seal, unseal

FULL = Path("/dev/full")
"""Every write to it fails as on a full disk."""
CONTENT = bytes(range(256)) * 1024


@pytest.fixture
def key(tmp_path):
    return tmp_path / "backup.key"


@pytest.fixture
def public(key):
    return make_identity(key)


@pytest.fixture
def source(tmp_path):
    (tmp_path / "whole").write_bytes(CONTENT)
    return tmp_path / "whole"


@pytest.fixture
def sealed(source, public, tmp_path):
    seal(source, tmp_path / "sealed", [public])
    return tmp_path / "sealed"


def test_seal__onto_a_full_disk__is_an_error_of_the_disk(source, public):
    with pytest.raises(OSError, match="No space left") as raised:
        seal(source, FULL, [public])
    assert raised.value.errno == errno.ENOSPC


def test_unseal__onto_a_full_disk__is_an_error_of_the_disk(sealed, key):
    with pytest.raises(OSError, match="No space left") as raised:
        unseal(sealed, FULL, key)
    assert raised.value.errno == errno.ENOSPC


def test_unseal__whole__gives_what_was_sealed(sealed, key, tmp_path):
    unseal(sealed, tmp_path / "opened", key)
    assert (tmp_path / "opened").read_bytes() == CONTENT


@pytest.mark.parametrize("left", [0, 40, 0.5, 1.0])
def test_unseal__cut_off_or_changed__is_told_of_the_file(sealed, key, tmp_path, left):
    content = bytearray(sealed.read_bytes())
    many = int(left * len(content)) if isinstance(left, float) else left
    content[len(content) // 2] ^= 1
    sealed.write_bytes(content[:many])
    with pytest.raises(BackupSealed, match="another key, or changed"):
        unseal(sealed, tmp_path / "opened", key)


def test_unseal__by_another_key__is_told_of_the_key(sealed, tmp_path):
    make_identity(tmp_path / "other.key")
    with pytest.raises(BackupSealed, match="another key, or changed"):
        unseal(sealed, tmp_path / "opened", tmp_path / "other.key")
