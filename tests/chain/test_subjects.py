import pytest

from chain.canonical import link, public_subject
from chain.verification import subject_of
from tests.chain.proofs import PREMISES_KEY, TAG, salt_of

_SALT = salt_of(0)
_KEY = public_subject(TAG["scheme"], TAG["value"])
_LINK = link(_SALT, PREMISES_KEY)


@pytest.mark.parametrize(
    ("subject", "key", "right"),
    [
        (TAG, _KEY, True),
        (TAG | {"role": "dam"}, _KEY, True),
        (TAG | {"kind": "mob"}, _KEY, True),
        (TAG | {"value": "598000000000002"}, _KEY, False),
        (TAG | {"scheme": "visual"}, _KEY, False),
        (TAG | {"value": 598000000000001}, _KEY, False),
        (TAG | {"value": "\0"}, _KEY, False),
        (TAG | {"kind": "premises"}, _KEY, False),
        ({"scheme": TAG["scheme"], "value": TAG["value"]}, _KEY, False),
        ({"kind": "premises", "link": _LINK}, PREMISES_KEY, True),
        ({"kind": "permit", "id": "x", "link": _LINK}, PREMISES_KEY, True),
        ({"kind": "premises", "link": _LINK.upper()}, PREMISES_KEY, False),
        ({"kind": "premises", "link": _LINK}, bytes(32), False),
        ({"kind": "premises", "link": _LINK}, b"", False),
        ({"kind": "premises", "link": None}, PREMISES_KEY, False),
        ({"kind": "animal", "link": _LINK}, PREMISES_KEY, False),
        (TAG | {"kind": "premises", "link": _LINK}, PREMISES_KEY, False),
        (TAG | {"link": _LINK}, PREMISES_KEY, False),
        ({"kind": "premises"}, PREMISES_KEY, False),
        ("animal", _KEY, False),
        (None, _KEY, False),
    ],
)
def test_subject_of__a_subject_and_a_key__belong_together_only_as_their_kind_says(
    subject, key, right
):
    assert subject_of({"subjects": ["before", subject]}, 1, _SALT, key) is right


@pytest.mark.parametrize(
    "record", [{}, {"subjects": None}, {"subjects": {"0": TAG}}, {"subjects": []}]
)
def test_subject_of__a_record_without_a_list_of_subjects__is_nobodys(record):
    assert subject_of(record, 0, _SALT, _KEY) is False
