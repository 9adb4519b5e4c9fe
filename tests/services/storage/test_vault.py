from __future__ import annotations

import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.storage.errors import WrongDataKey
from services.storage.vault import Vault, load_or_make_key
from tests.factories import FARMER, KEY, in_threads

VAULT = Vault(KEY)


@given(st.binary(max_size=300))
def test_seal__any_bytes__open_again_and_never_look_the_same_twice(plain):
    once, again = VAULT.seal(plain), VAULT.seal(plain)
    assert once != again
    assert VAULT.open(once) == VAULT.open(again) == plain
    assert len(plain) < 4 or plain not in once


def test_open__another_key__is_refused_and_says_which_setting():
    with pytest.raises(WrongDataKey, match="BILUM_DATA_KEY"):
        Vault(bytes(32)).open(VAULT.seal(b"secret"))


@given(st.data())
def test_open__one_bit_changed_or_bytes_cut_off__is_refused(data):
    sealed = VAULT.seal(b"secret")
    place = data.draw(st.integers(0, len(sealed) - 1))
    bit = 1 << data.draw(st.integers(0, 7))
    changed = sealed[:place] + bytes([sealed[place] ^ bit]) + sealed[place + 1 :]
    for wrong in (changed, sealed[:place]):
        with pytest.raises(WrongDataKey):
            VAULT.open(wrong)


def test_index__equal_numbers__are_equal_under_one_key_alone():
    assert VAULT.index(FARMER) == Vault(KEY).index(FARMER)
    assert (
        len({VAULT.index(FARMER), VAULT.index(FARMER + "0"), Vault(bytes(32)).index(FARMER)}) == 3
    )
    assert len(VAULT.index(FARMER)) == 32


def test_load_or_make_key__eight_threads_at_once__make_one_key_that_its_owner_alone_reads(tmp_path):
    path = tmp_path / "new" / "data.key"
    keys = in_threads(*[lambda: load_or_make_key(path)] * 8)
    assert len(set(keys)) == 1
    assert len(keys[0]) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["data.key"]
    assert load_or_make_key(path) == keys[0]


@pytest.mark.parametrize("content", ["", "abc", "zz" * 32, "00" * 31, "ä" * 64])
def test_load_or_make_key__file_of_something_else__is_refused_and_kept(tmp_path, content):
    path = tmp_path / "data.key"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(WrongDataKey, match=r"data\.key must hold"):
        load_or_make_key(path)
    assert path.read_text(encoding="utf-8") == content
