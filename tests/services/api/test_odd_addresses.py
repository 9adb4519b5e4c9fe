"""Numbers in addresses: one that no key of a database can be leads nowhere, on every route."""

from __future__ import annotations

from uuid import UUID

import pytest
from werkzeug.exceptions import NotFound
from werkzeug.routing import IntegerConverter

from tests.services.console.staff import add_staff
from tests.services.console.visitors import Visitor

LARGEST = 10**18 - 1
# A text, and an id of anything.
ANY = str(UUID(int=0))


def numbers_of(rule):
    return [name for name, one in rule._converters.items() if isinstance(one, IntegerConverter)]


def test_numbers_of_addresses__beyond_what_a_key_can_be__match_no_route(world):
    rules = [rule for rule in world.app.url_map.iter_rules() if numbers_of(rule)]
    assert len({rule.rule for rule in rules}) > 5
    bound = world.app.url_map.bind("localhost")
    for rule in rules:
        method = next(iter(rule.methods - {"HEAD", "OPTIONS"}))

        def match(number, rule=rule, method=method):
            told = dict.fromkeys(rule.arguments, ANY) | dict.fromkeys(numbers_of(rule), 7)
            _, path = rule.build(told)
            return bound.match(path.replace("/7", f"/{number}"), method)

        assert match(LARGEST) == (
            rule.endpoint,
            dict.fromkeys(rule.arguments, ANY) | dict.fromkeys(numbers_of(rule), LARGEST),
        )
        for beyond in (LARGEST + 1, 2**63, "9" * 20, "9" * 30, "9" * 5_000):
            with pytest.raises(NotFound):
                match(beyond)


@pytest.mark.postgres
def test_number_of_an_address__as_large_as_a_key_can_be__is_asked_for(server_scene):
    add_staff(server_scene.world)
    planner = Visitor(server_scene.world).take_session_of("planner")
    for number in (2**31, LARGEST):
        ended = server_scene.administrator.post(f"/api/v1/tokens/{number}/end", {})
        assert ended.status_code == 404
        seen = planner.get(f"/console/programmes/tobacco/versions/{number}")
        assert seen.status_code == 404
