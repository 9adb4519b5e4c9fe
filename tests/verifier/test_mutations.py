"""Files mutated at random: whatever becomes of one, both verifiers say the same of it.

Every file is derived from a right one by hypothesis, so a disagreement comes out as small as it
can be. BILUM_TEST_VERIFIER_EXAMPLES is how many are drawn of each kind.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chain.consistency import dump as dump_consistency
from chain.verification import Expected
from tests.chain.proofs import (
    TAG,
    expected_of,
    expected_of_consistency,
    make_consistency,
)
from tests.support.environment import VERIFIER_EXAMPLES
from tests.verifier.forged import relogged
from tests.verifier.second import RIGHT, agreed
from tests.verifier.tampered import (
    CONSISTENCY,
    CONSISTENCY_TEXT,
    PROOF,
    TEXT,
    places,
    put,
)

pytestmark = [pytest.mark.browser, pytest.mark.sockets]

many = settings(
    max_examples=VERIFIER_EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

FILES = [
    (TEXT, expected_of(PROOF)),
    (CONSISTENCY_TEXT, expected_of_consistency(CONSISTENCY)),
]
_ANY_TEXT = st.text(st.characters())  # lone surrogates too
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats()  # NaN and Infinity too
    | _ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_ANY_TEXT, inner, max_size=3),
    max_leaves=8,
)
_PIECES = st.sampled_from(
    [
        *'01-+.eE"{}[],: \\\t\n\r\f\0\x1f\x7f\u00a0\u2028\ufeffé😀',
        *("\\u00", "\\ud83d", "true", "false", "null", "NaN", "Infinity", "1e400", "-0"),
        *("__proto__", "index", "format"),
    ]
)
_TAG = json.dumps(TAG, separators=(",", ":"), sort_keys=True)


def _written(value):
    """Python's JSON: sometimes the canonical form, often not."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.encode("utf-8", "replace").decode()


@many
@given(st.data())
def test_mutated__a_few_characters__both_agree(second, data):
    text, known = data.draw(st.sampled_from(FILES))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 3)))
        text = text[:start] + data.draw(_PIECES) + text[end:]
    agreed(second, text.encode(), known)


@many
@given(st.data())
def test_mutated__a_few_bytes__both_agree(second, data):
    text, known = data.draw(st.sampled_from(FILES))
    raw = text.encode()
    start = data.draw(st.integers(0, len(raw)))
    end = start + data.draw(st.integers(0, 2))
    agreed(second, raw[:start] + data.draw(st.binary(max_size=3)) + raw[end:], known)


@many
@given(st.data())
def test_mutated__a_value_of_the_file__both_agree(second, data):
    text, known = data.draw(st.sampled_from(FILES))
    way = data.draw(st.sampled_from(list(places(json.loads(text)))))
    same_shape = st.integers(0, 16) | st.binary(min_size=32, max_size=32).map(bytes.hex)
    agreed(second, put(text, way, data.draw(same_shape | _JSON)).encode(), known)


@many
@given(st.data())
def test_mutated__a_value_taken_from_another_place__both_agree(second, data):
    text, known = data.draw(st.sampled_from(FILES))
    document = json.loads(text)
    ways = list(places(document))
    value = document
    for step in data.draw(st.sampled_from(ways)):
        value = value[step]
    agreed(second, put(text, data.draw(st.sampled_from(ways)), value).encode(), known)


@many
@given(st.data())
def test_mutated__the_content_of_a_record_on_a_log_of_its_own__both_agree(second, data):
    content = f'{{"a":{data.draw(_PIECES)},"subjects":[{_TAG}]}}'
    for _ in range(data.draw(st.integers(0, 2))):
        start = data.draw(st.integers(0, len(content)))
        content = (
            content[:start] + data.draw(_PIECES) + content[start + data.draw(st.integers(0, 2)) :]
        )
    agreed(second, relogged(content).encode(), Expected())


@many
@given(_JSON)
def test_mutated__a_record_of_any_value__both_agree(second, value):
    content = f'{{"a":{_written(value)},"subjects":[{_TAG}]}}'
    agreed(second, relogged(content).encode(), Expected())


_SUBJECT = st.dictionaries(
    st.sampled_from(["kind", "scheme", "value", "link", "more"]),
    st.sampled_from(["animal", "premises", "iso11784", "598000000000001", "", "\0"]) | _JSON,
)


@many
@given(st.lists(_SUBJECT | _JSON, max_size=3), st.integers(0, 3))
def test_mutated__the_subjects_of_a_record__both_agree(second, subjects, position):
    text = json.dumps(
        {"subjects": subjects}, ensure_ascii=False, separators=(",", ":"), sort_keys=True
    )
    text = text.encode("utf-8", "replace").decode()
    agreed(second, relogged(text, position=position).encode(), Expected())


@many
@given(st.data())
def test_consistency__any_sizes_and_a_path_mutated__both_agree(second, data):
    new = data.draw(st.integers(1, 300))
    proof = make_consistency(data.draw(st.integers(1, new)), new)
    known = expected_of_consistency(proof)
    assert agreed(second, dump_consistency(proof).encode(), known) == RIGHT
    path = list(proof.path)
    for _ in range(data.draw(st.integers(0, 2))):
        at = data.draw(st.integers(0, len(path)))
        cut = data.draw(st.integers(0, 2))
        path[at : at + cut] = data.draw(st.sampled_from([[], path[:1], [bytes(32)]]))
    size = data.draw(st.just(proof.older.size) | st.integers(0, new + 1))
    mutated = replace(proof, path=tuple(path), older=replace(proof.older, size=size))
    verdict = agreed(second, dump_consistency(mutated).encode(), Expected())
    assert (verdict == RIGHT) == (mutated == proof)
