import json
import math
import struct
from enum import StrEnum
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.canonical import (
    canonical_bytes,
    commitment,
    link,
    load_json,
    new_salt,
    parse_canonical,
    public_subject,
)
from chain.errors import CanonicalError

_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXT
)
_VALUES = st.recursive(
    _SCALARS,
    lambda values: st.lists(values, max_size=4) | st.dictionaries(_TEXT, values, max_size=4),
    max_leaves=12,
)
RECORDS = st.dictionaries(_TEXT, _VALUES, max_size=6)

# RFC 8785, appendix B: bits of the IEEE 754 double, and how it is written.
NUMBERS = [
    ("0000000000000000", "0"),
    ("8000000000000000", "0"),
    ("0000000000000001", "5e-324"),
    ("8000000000000001", "-5e-324"),
    ("7fefffffffffffff", "1.7976931348623157e+308"),
    ("ffefffffffffffff", "-1.7976931348623157e+308"),
    ("4340000000000000", "9007199254740992"),
    ("c340000000000000", "-9007199254740992"),
    ("4430000000000000", "295147905179352830000"),
    ("44b52d02c7e14af5", "9.999999999999997e+22"),
    ("44b52d02c7e14af6", "1e+23"),
    ("44b52d02c7e14af7", "1.0000000000000001e+23"),
    ("444b1ae4d6e2ef4e", "999999999999999700000"),
    ("444b1ae4d6e2ef4f", "999999999999999900000"),
    ("444b1ae4d6e2ef50", "1e+21"),
    ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
    ("3eb0c6f7a0b5ed8d", "0.000001"),
    ("41b3de4355555553", "333333333.3333332"),
    ("41b3de4355555554", "333333333.33333325"),
    ("41b3de4355555555", "333333333.3333333"),
    ("41b3de4355555556", "333333333.3333334"),
    ("41b3de4355555557", "333333333.33333343"),
    ("becbf647612f3696", "-0.0000033333333333333333"),
    ("43143ff3c1cb0959", "1424953923781206.2"),
]


def test_canonical_bytes__the_example_of_the_standard__gives_its_output():
    # RFC 8785, section 3.2.2 and 3.2.4.
    record = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": '€$\u000f\nA\'B"\\\\"/',
        "literals": [None, True, False],
    }
    assert canonical_bytes(record).decode() == (
        '{"literals":[null,true,false],'
        '"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )


def test_canonical_bytes__the_keys_of_the_standard__are_in_its_order():
    # RFC 8785, section 3.2.3: by UTF-16 code units, so U+1F600 comes before U+FB33.
    keys = ["€", "\r", "\ufb33", "1", "😀", "\u0080", "ö"]
    ordered = list(json.loads(canonical_bytes(dict.fromkeys(keys))))
    assert ordered == ["\r", "1", "\u0080", "ö", "€", "😀", "\ufb33"]


@pytest.mark.parametrize(("bits", "text"), NUMBERS)
def test_canonical_bytes__a_number_of_the_standard__is_written_as_there(bits, text):
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    raw = canonical_bytes({"n": number})
    assert raw == b'{"n":%s}' % text.encode()
    assert parse_canonical(raw) == {"n": number}


def test_canonical_bytes__word_of_an_enumeration__is_written_as_its_text():
    class Word(StrEnum):
        ANIMAL = "animal"

    assert canonical_bytes({"scheme": Word.ANIMAL}) == b'{"scheme":"animal"}'
    assert canonical_bytes({"a": 0.5, "scheme": Word.ANIMAL}) == b'{"a":0.5,"scheme":"animal"}'


@pytest.mark.slow
@given(RECORDS)
def test_canonical_bytes__any_record__comes_back_the_same(record):
    raw = canonical_bytes(record)
    assert parse_canonical(raw) == record
    assert canonical_bytes(parse_canonical(raw)) == raw


@given(RECORDS, st.randoms())
def test_canonical_bytes__keys_in_another_order__gives_the_same_bytes(record, random):
    items = list(record.items())
    random.shuffle(items)
    assert canonical_bytes(dict(items)) == canonical_bytes(record)


@given(st.lists(_TEXT, unique=True))
def test_canonical_bytes__any_keys__are_ordered_by_utf_16(keys):
    ordered = list(json.loads(canonical_bytes(dict.fromkeys(keys))))
    assert ordered == sorted(keys, key=lambda key: key.encode("utf-16-be"))


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (math.nan, "not finite"),
        (math.inf, "not finite"),
        (-math.inf, "not finite"),
        (2**53, "integer beyond"),
        (-(2**53), "integer beyond"),
        ("\ud800", "lone surrogate"),
        ({"\udfff": 1}, "lone surrogate"),
        ({1: 1}, "keys must be strings"),
        ({1, 2}, "unsupported type"),
        (b"raw", "unsupported type"),
    ],
)
def test_canonical_bytes__what_json_cannot_hold__is_refused_by_name(value, fault):
    with pytest.raises(CanonicalError, match=fault):
        canonical_bytes({"deep": [value]})


def test_canonical_bytes__a_refusal__does_not_show_the_value():
    with pytest.raises(CanonicalError) as refusal:
        canonical_bytes({"number": 67570000001 * 10**9})
    assert "6757" not in str(refusal.value)


def test_canonical_bytes__a_record_that_holds_itself__is_refused():
    record = {}
    record["self"] = record
    with pytest.raises(CanonicalError, match="too deep"):
        canonical_bytes(record)


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b'{"a":1,"a":1}', "'a' occurs twice"),
        (b'{"b":{"a":1,"a":2}}', "'a' occurs twice"),
        (b'{"a":NaN}', "NaN"),
        (b'{"a":-Infinity}', "-Infinity"),
        (b'{"a":1e400}', "not finite"),
        (b'{"a":' + b"9" * 5000 + b"}", "not finite"),
        (b"[1]", "not a JSON object"),
        (b"", "not JSON"),
        (b'{"a":1}x', "not JSON"),
        (b'\xef\xbb\xbf{"a":1}', "not JSON"),
        (b'{"a":"\xff"}', "not UTF-8"),
        (b'{"a":"\xed\xa0\x80"}', "not UTF-8"),
        (b'{"a":' + b"[" * 100_000, "too deep"),
        (b'{"a":"\\ud800"}', "lone surrogate"),
        (b'{"b":1,"a":1}', "canonical form"),
        (b'{"a": 1}', "canonical form"),
        (b'{"a":1}\n', "canonical form"),
        (b'{"a":1.0}', "canonical form"),
        (b'{"a":-0}', "canonical form"),
        (b'{"a":1e2}', "canonical form"),
        (b'{"a":"\\u0041"}', "canonical form"),
        (b'{"a":"\\/"}', "canonical form"),
        (b'{"a":9007199254740993}', "canonical form"),
    ],
)
def test_parse_canonical__other_bytes_than_the_canonical__are_refused_by_name(raw, fault):
    with pytest.raises(CanonicalError, match=fault):
        parse_canonical(raw)


@pytest.mark.parametrize(
    ("levels", "fits"), [(1, True), (99, True), (100, True), (101, False), (400, False)]
)
@pytest.mark.parametrize("made", [lambda deep: {"a": deep}, lambda deep: [deep]])
def test_canonical_bytes__as_deep_as_the_format_allows__and_no_deeper(levels, fits, made):
    record = {}
    for _ in range(levels - 2):
        record = made(record)
    record = {"r": record} if levels > 1 else record
    if fits:
        assert parse_canonical(canonical_bytes(record)) == record
        return
    with pytest.raises(CanonicalError, match="too deep"):
        canonical_bytes(record)
    with pytest.raises(CanonicalError, match="too deep"):
        parse_canonical(json.dumps(record, separators=(",", ":")).encode())


def test_canonical_bytes__many_beside_each_other__are_not_deep():
    record = {"subjects": [{"kind": "animal"}] * 500, "text": "[" * 500}
    assert parse_canonical(canonical_bytes(record)) == record


def test_load_json__minus_nothing__is_no_integer():
    assert [type(number) for number in load_json("[-0, 0, -1]")] == [float, int, int]


def test_load_json__the_largest_safe_integer__stays_exact():
    assert load_json("[9007199254740991, -9007199254740991]") == [2**53 - 1, -(2**53) + 1]


def test_new_salt__twice__is_32_bytes_and_never_the_same():
    assert len(new_salt()) == 32
    assert new_salt() != new_salt()


def test_commitment__salt_and_content__is_the_hash_of_version_salt_content():
    salt = bytes(range(32))
    assert commitment(salt, b"{}") == sha256(b"\x01" + salt + b"{}").digest()


@pytest.mark.parametrize("length", [0, 31, 33])
def test_commitment__a_salt_of_another_length__is_refused(length):
    with pytest.raises(CanonicalError, match="32 bytes"):
        commitment(bytes(length), b"{}")


def test_public_subject__a_tag__is_the_same_for_whoever_holds_it():
    assert public_subject("iso11784", "598000000000001").hex() == (
        "383b52f1e1cd4e774d60245488a099029958ccb70d9975c37c79de8509b3ccd6"
    )


@pytest.mark.parametrize(("scheme", "value"), [("a\0b", "c"), ("a", "b\0c"), ("\ud800", "c")])
def test_public_subject__text_that_two_identifiers_could_share__is_refused(scheme, value):
    with pytest.raises(CanonicalError, match="identifier"):
        public_subject(scheme, value)


def test_link__salt_and_key__is_the_hash_of_both():
    salt, key = bytes(32), bytes(range(32))
    assert link(salt, key) == sha256(salt + key).hexdigest()


@pytest.mark.parametrize(("salt", "key"), [(b"", bytes(64)), (bytes(31), bytes(33))])
def test_link__other_lengths__are_refused(salt, key):
    with pytest.raises(CanonicalError, match="32 bytes each"):
        link(salt, key)
