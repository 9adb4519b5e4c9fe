"""Requests made of the description: every answer is one that the description tells of.

A few requests for each operation run with the other tests. By hand it runs for longer:
`BILUM_TEST_API_EXAMPLES=500 pytest tests/services/api/test_schemathesis.py`.
"""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from tests.services.scene import PIG, SENT_PIG
from tests.support.environment import API_EXAMPLES

pytestmark = pytest.mark.filterwarnings("default::DeprecationWarning")

# A number may have the right shape and be nobody's, or a page's cursor, and so be refused; who is
# let in without a token is tested route by route.
SKIPPED = [checks.positive_data_acceptance, checks.ignored_auth]
# Where nothing but the shape decides, what has the right shape is accepted.
ACCEPTED = {
    ("get", "/api/v1/animals/{tag}"): {"tag": PIG},
    ("get", "/api/v1/passports/{tag}"): {"tag": SENT_PIG},
    ("get", "/api/v1/ledger"): {},
}

examples = settings(
    max_examples=API_EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def operations(scene):
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", scene.world.app)
    found = [result.ok() for result in schema.get_all_operations()]
    assert len(found) > 20
    return [one for one in found if one.path.startswith("/api/v1")]


def fuzz(scene, role, mode):
    headers = getattr(scene, role).headers
    for operation in operations(scene):

        @examples
        @given(case=operation.as_strategy(generation_mode=mode, headers=headers))
        def check(case):
            case.call_and_validate(excluded_checks=SKIPPED)

        try:
            check()
        except Unsatisfiable:
            # Everything fits: no request is wrong.
            assert mode is GenerationMode.NEGATIVE


@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
@pytest.mark.slow
@pytest.mark.parametrize("role", ["administrator", "keeper"])
def test_api__any_request__is_answered_as_described(scene, role, mode):
    fuzz(scene, role, mode)


@pytest.mark.postgres
def test_api__any_request_with_postgresql__is_answered_as_described(server_scene):
    fuzz(server_scene, "administrator", GenerationMode.POSITIVE)


@pytest.mark.slow
def test_api__request_of_the_right_shape__is_accepted_where_nothing_else_decides(scene):
    tried = 0
    for operation in operations(scene):
        fixed = ACCEPTED.get((operation.method.lower(), operation.path))
        if fixed is None:
            continue

        @examples
        @given(
            case=operation.as_strategy(path_parameters=fixed, headers=scene.administrator.headers)
        )
        def check(case):
            case.call_and_validate(excluded_checks=[checks.ignored_auth])

        check()
        tried += 1
    assert tried == len(ACCEPTED)
