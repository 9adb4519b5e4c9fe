from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import HTTPException

from services.api.strict_json import read_json
from services.core.roles import Role

SEARCH = "/api/v1/messages/search"

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), inner
        )
    ),
)


@pytest.mark.slow
@given(json_values, st.booleans())
def test_read_json__anything_that_is_json__is_what_it_was(value, ascii_only):
    assert read_json(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "Invalid JSON body."),
        (b"{", "Invalid JSON body."),
        (b"\xff\xfe", "Invalid JSON body."),
        (b'{"a": 1, "a": 1}', "A name stands twice in one object."),
        (b'[{"b": {"a": 1, "\\u0061": 2}}]', "A name stands twice in one object."),
        (b"[NaN]", "NaN and Infinity are no numbers of JSON."),
        (b"-Infinity", "NaN and Infinity are no numbers of JSON."),
        (b"1e999", "A number is too large."),
        (b'{"a": ["\\ud800"]}', "A text holds U+0000 or half of a surrogate pair."),
        (b'{"\\udc00": 1}', "A text holds U+0000 or half of a surrogate pair."),
        (b'"\\u0000"', "A text holds U+0000 or half of a surrogate pair."),
        (b"[" * 100_000, "The JSON is nested too deep."),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "The JSON is nested too deep."),
    ],
)
def test_read_json__two_readers_might_differ__is_a_bad_request(raw, sentence):
    with pytest.raises(HTTPException) as caught:
        read_json(raw)
    assert caught.value.code == 400
    assert caught.value.data["messages"] == {"json": [sentence]}


def test_read_json__number_of_5000_digits__is_a_bad_request():
    with pytest.raises(HTTPException) as caught:
        read_json(b"1" * 5_000)
    assert caught.value.code == 400


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x"]
)
def test_body__of_another_kind__is_not_supported(world, kind):
    headers = world.bearer(Role.ADMINISTRATOR) | {"Content-Type": kind}
    response = world.app.test_client().post(SEARCH, data="{}", headers=headers)
    assert (response.status_code, response.json["code"]) == (415, "unsupported_media_type")
    assert "application/json" in response.json["errors"][0]["detail"]


@pytest.mark.parametrize("path", ["/api/v1/animals/%00", "/api/v1/animals?at=%00"])
def test_address__with_a_nul__is_a_bad_request(world, path):
    assert world.get(path, Role.ADMINISTRATOR).status_code == 400
