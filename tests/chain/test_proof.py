import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.document import checksum_address
from chain.errors import VerificationError
from chain.ports import Checkpoint, LedgerIdentity
from chain.proof import Proof, ProvenRecord, dump, load
from tests.chain.proofs import IDENTITY, make_proof

_COUNTS = st.integers(0, 2**53 - 1)
_HASHES = st.binary(min_size=32, max_size=32)
_RECORDS = st.builds(
    ProvenRecord,
    index=_COUNTS,
    subject=_HASHES,
    salt=_HASHES,
    position=_COUNTS,
    content=st.text(st.characters(exclude_categories=["Cs"])).map(str.encode),
    path=st.lists(_HASHES, max_size=3).map(tuple),
)
_PROOFS = st.builds(
    Proof,
    ledger=st.builds(
        LedgerIdentity,
        chain_id=_COUNTS,
        genesis=_HASHES,
        contract=st.binary(min_size=20, max_size=20).map(
            lambda b: checksum_address("0x" + b.hex())
        ),
    ),
    checkpoint=st.builds(Checkpoint, size=_COUNTS, root=_HASHES),
    records=st.lists(_RECORDS, min_size=1, max_size=3, unique_by=lambda r: r.index).map(tuple),
)


def _objects(document):
    """Every object of the file, each with the place of its keys."""
    yield document
    yield document["ledger"]
    yield document["checkpoint"]
    yield from document["records"]


_KEYS = [
    (n, key) for n, item in enumerate(_objects(json.loads(dump(make_proof())))) for key in item
]


def _document():
    return json.loads(dump(make_proof()))


def _refusal(text):
    with pytest.raises(VerificationError) as refusal:
        load(text)
    assert refusal.value.step == 1
    return refusal.value.detail


@given(_PROOFS)
def test_load__any_proof_dumped__comes_back_the_same(proof):
    text = dump(proof)
    assert load(text) == proof
    assert dump(load(text)) == text


def test_dump__a_proof__is_ascii_that_ends_with_a_newline():
    text = dump(make_proof())
    assert text.isascii()
    assert text.endswith("}\n")
    assert json.loads(text)["ledger"]["genesis"] == "0x" + IDENTITY.genesis.hex()


@pytest.mark.parametrize(("place", "key"), _KEYS)
def test_load__a_key_missing__names_it(place, key):
    document = _document()
    del list(_objects(document))[place][key]
    assert f"lacks {key}" in _refusal(json.dumps(document))


@pytest.mark.parametrize("place", sorted({place for place, _ in _KEYS}))
def test_load__an_unknown_key__names_it(place):
    document = _document()
    list(_objects(document))[place]["colour"] = "black"
    assert "unknown key 'colour'" in _refusal(json.dumps(document))


@pytest.mark.parametrize(("place", "key"), _KEYS)
def test_load__a_key_twice__names_it(place, key):
    document = _document()
    item = list(_objects(document))[place]
    item["twin"] = item[key]
    assert f"'{key}' occurs twice" in _refusal(json.dumps(document).replace('"twin"', f'"{key}"'))


@pytest.mark.parametrize(("place", "key"), _KEYS)
def test_load__a_value_of_another_type__names_its_key(place, key):
    for wrong in (None, True, 1.5, -1, 2**53, "x", [], {}, [1]):
        if (key, wrong) in [("content", "x"), ("path", [])]:
            continue
        document = _document()
        list(_objects(document))[place][key] = wrong
        assert key in _refusal(json.dumps(document)), wrong


@pytest.mark.parametrize("key", ["subject", "salt", "root", "genesis"])
@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-1],
        lambda text: text[:-2],
        lambda text: text + "0",
        lambda text: text[:-1] + "g",
        lambda text: text[:-2] + "AB",
        lambda text: text[:-2] + " 0",
        lambda text: text[:-1] + "٣",
        lambda text: text + "\n",
    ],
)
def test_load__a_hash_written_otherwise__names_its_key(key, spoil):
    document = _document()
    item = next(item for item in _objects(document) if key in item)
    item[key] = spoil(item[key])
    assert f"{key} is not 64 hexadecimal digits" in _refusal(json.dumps(document))


def test_load__a_hash_of_a_path_too_short__names_its_place():
    document = _document()
    document["records"][1]["path"][2] = "00"
    assert "records[1].path[2]" in _refusal(json.dumps(document))


@pytest.mark.parametrize(
    "contract",
    [
        IDENTITY.contract.lower(),
        IDENTITY.contract.upper(),
        IDENTITY.contract.swapcase(),
        IDENTITY.contract[2:],
        IDENTITY.contract[:-1],
        IDENTITY.contract + "0",
        checksum_address(IDENTITY.contract + "0"),
        checksum_address(IDENTITY.contract)[:-1] + "\n",
    ],
)
def test_load__a_contract_without_its_capitals__is_refused(contract):
    document = _document()
    document["ledger"]["contract"] = contract
    assert "ledger.contract" in _refusal(json.dumps(document))


def test_load__a_genesis_without_0x__is_refused():
    document = _document()
    document["ledger"]["genesis"] = document["ledger"]["genesis"][2:]
    assert "0x" in _refusal(json.dumps(document))


def test_load__no_record__is_refused():
    assert "proves nothing" in _refusal(json.dumps(_document() | {"records": []}))


def test_load__one_record_twice__is_refused():
    document = _document()
    document["records"].append(document["records"][0])
    assert "one index twice" in _refusal(json.dumps(document))


@pytest.mark.parametrize("size", ["-0", "7.0", "7e0", "70e-1", "07", "+7", "0x7"])
def test_load__a_count_written_otherwise__is_refused(size):
    assert _refusal(dump(make_proof()).replace('"size": 7', f'"size": {size}'))


@pytest.mark.parametrize("version", [0, 2])
def test_load__another_version__is_refused(version):
    assert "version" in _refusal(json.dumps(_document() | {"version": version}))


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "[" * 100_000, dump(make_proof()) + "{}"])
def test_load__what_is_no_proof__is_refused(text):
    assert _refusal(text)


@pytest.mark.parametrize(
    "address",
    [
        # The examples of EIP-55.
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "0xde709f2102306220921060314715629080e2fb77",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ],
)
def test_checksum_address__the_examples_of_the_standard__come_out(address):
    assert checksum_address(address.lower()) == address
    assert checksum_address(address) == address
