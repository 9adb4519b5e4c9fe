from __future__ import annotations

import stat
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from services.core.errors import WrongDataKey
from services.core.keyring import KeyRing, read_ring
from services.storage.data_key import load_or_make_key, read_key, replace_key
from services.storage.vault import SealedCode, SealedJson, Vault, index_keys, link_keys, wrap
from tests.factories import FARMER, KEY, in_threads

NEW, OTHER = bytes(range(1, 33)), bytes(range(2, 34))
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


def test_index__wrapped_under_another_key__is_what_the_longer_ring_makes():
    ring = KeyRing((NEW, KEY), (OTHER, *index_keys(KeyRing((KEY,)))))
    assert Vault(ring).index(FARMER) == wrap(OTHER, VAULT.index(FARMER))
    assert Vault(ring).digest(b"said") == wrap(OTHER, VAULT.digest(b"said"))
    assert Vault(KeyRing((NEW, KEY))).index(FARMER) == VAULT.index(FARMER)


def opened_again(kind, value):
    dialect = sqlite.dialect()
    dialect.bilum_vault = VAULT
    sealed = kind.process_bind_param(value, dialect)
    return kind.process_result_value(sealed, dialect), len(sealed or b"")


@given(st.text(st.characters(exclude_characters="\0"), max_size=80))
def test_sealed_code__any_text__opens_again_and_shows_no_length(text):
    found, length = opened_again(SealedCode(), text)
    assert found == text
    filled = -(-len(text.encode("utf-8", "surrogatepass")) // 32) * 32
    assert length == len(VAULT.seal(bytes(filled)))


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.none()))
def test_sealed_json__any_members__open_again_and_show_no_length(members):
    found, length = opened_again(SealedJson(), members)
    assert found == members
    assert (length - len(VAULT.seal(b""))) % 128 == 0


@pytest.mark.parametrize("kind", [SealedCode(), SealedJson()])
def test_sealed_value__none__stays_none(kind):
    assert opened_again(kind, None) == (None, 0)


def test_link__equal_parties__are_equal_under_the_link_key_alone_and_unlike_any_index():
    party, other = UUID(int=1), UUID(int=2)
    assert VAULT.link(party) == Vault(KEY).link(party)
    own = Vault(KeyRing((KEY,), links=(OTHER,)))
    found = {VAULT.link(party), VAULT.link(other), own.link(party)}
    assert len(found | {VAULT.index(str(party)), VAULT.digest(party.bytes)}) == 5
    assert own.index(FARMER) == VAULT.index(FARMER)


def test_link__wrapped_under_another_key__is_what_the_longer_ring_makes():
    ring = KeyRing((NEW, KEY), links=(OTHER, *link_keys(KeyRing((KEY,)))))
    assert Vault(ring).link(UUID(int=1)) == wrap(OTHER, VAULT.link(UUID(int=1)))
    assert Vault(KeyRing((NEW, KEY))).link(UUID(int=1)) == VAULT.link(UUID(int=1))


def test_ring__new_key_on_top__seals_with_it_and_opens_what_the_old_one_sealed():
    both = Vault(KeyRing((NEW, KEY)))
    assert both.open(VAULT.seal(b"old")) == b"old"
    assert Vault(NEW).open(both.seal(b"new")) == b"new"
    with pytest.raises(WrongDataKey):
        VAULT.open(both.seal(b"new"))


def test_open__value_of_before_rotation__opens_under_whichever_key_sealed_it():
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"bilum/seal/1").derive(KEY)
    sealed = b"\x01" + bytes(12) + AESGCM(key).encrypt(bytes(12), b"said", b"\x01")
    assert VAULT.open(sealed) == Vault(KeyRing((NEW, KEY))).open(sealed) == b"said"
    with pytest.raises(WrongDataKey):
        Vault(NEW).open(sealed)


def test_open__key_rotated_while_the_process_runs__reads_the_ring_again():
    rings = [KeyRing((KEY,))]
    vault = Vault(lambda: rings[-1])
    vault.require_key()
    rings.append(KeyRing((NEW, KEY)))
    assert vault.open(Vault(NEW).seal(b"new")) == b"new"
    assert vault.header == Vault(NEW).header


@pytest.mark.parametrize("pending", [{"pending": OTHER}, {"pending_link": OTHER}])
def test_ring__whose_rotation_after_a_leak_was_broken_off__is_not_worked_with(pending):
    with pytest.raises(WrongDataKey, match="broken off"):
        Vault(KeyRing((NEW, KEY), **pending)).require_key()


def test_ring__as_text__is_read_again_and_its_repr_shows_no_key():
    ring = KeyRing((NEW, KEY), (OTHER,), KEY, (KEY, OTHER), NEW)
    assert read_ring(ring.text()) == read_ring(" ".join(ring.text().split())) == ring
    assert read_ring(KEY.hex()) == KeyRing((KEY,))
    assert KEY.hex() not in repr(ring)
    assert "\\x" not in repr(ring)


def test_load_or_make_key__eight_threads_at_once__make_one_key_that_its_owner_alone_reads(tmp_path):
    path = tmp_path / "new" / "data.key"
    keys = in_threads(*[lambda: load_or_make_key(path)] * 8)
    assert len(set(keys)) == 1
    assert len({*keys[0].seals, *keys[0].links}) == 2, "the link key follows from no other"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["data.key"]
    assert load_or_make_key(path) == keys[0]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "abc",
        "zz" * 32,
        "00" * 31,
        "ä" * 64,
        "index:" + "00" * 32,
        "00" * 32 + " other:" + "00" * 32,
        "00" * 32 + (" next:" + "00" * 32) * 2,
        "00" * 32 + (" next-link:" + "00" * 32) * 2,
        "link:" + "00" * 32,
    ],
)
def test_load_or_make_key__file_of_something_else__is_refused_and_kept(tmp_path, content):
    path = tmp_path / "data.key"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(WrongDataKey, match=r"data\.key must hold"):
        load_or_make_key(path)
    assert path.read_text(encoding="utf-8") == content


def test_replace_key__over_what_a_killed_rotation_left__is_whole_and_private(tmp_path):
    path = tmp_path / "data.key"
    load_or_make_key(path)
    (tmp_path / "data.new").write_text("half a ri")
    replace_key(path, KeyRing((NEW, KEY)))
    assert read_key(path) == KeyRing((NEW, KEY))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["data.key"]


def test_replace_key__where_there_is_none__is_refused(tmp_path):
    with pytest.raises(WrongDataKey, match="cannot be replaced"):
        replace_key(tmp_path / "data.key", KeyRing((NEW,)))
