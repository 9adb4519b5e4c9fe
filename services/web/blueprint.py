"""A blueprint on which no route can be declared without a guard."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import request
from flask_smorest import Blueprint as SmorestBlueprint

if TYPE_CHECKING:
    from services.web.guards import Guard

View = Callable[..., Any]


class Blueprint(SmorestBlueprint):  # type: ignore[misc]  # the library has no types
    """Routes of one feature: `@blueprint.route(rule, guard=…)`.

    Args:
        name: tag of the routes in the API's description.
        description: one sentence.
        prefix: what every rule begins with.
    """

    def __init__(self, name: str, description: str, prefix: str = "") -> None:
        super().__init__(name, __name__, url_prefix=prefix, description=description)
        self.guards: dict[str, Guard] = {}
        self.before_request(self._admit)

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: View | None = None,
        provide_automatic_options: bool | None = None,  # noqa: FBT001 — the base class's signature
        *,
        guard: Guard,
        **options: Any,  # noqa: ANN401 — as above
    ) -> None:
        """Register a route with its guard, and what the guard may answer in its description."""
        for status in guard.refusals:
            view_func = self.alt_response(status.value, status.name)(view_func)
        view_func = self.doc(security=[dict(one) for one in guard.security])(view_func)
        super().add_url_rule(rule, endpoint, view_func, provide_automatic_options, **options)
        self.guards[self._endpoints[-1]] = guard

    def _admit(self) -> None:
        self.guards[(request.endpoint or "").rpartition(".")[2]].admit()
