"""A blueprint on which no route can be declared without a guard."""

from collections.abc import Callable, Collection, Iterator
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar, TypeVar

from flask import g, request
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import Schema
from webargs.flaskparser import abort

from services.api.context import context
from services.api.guards import Guard, Public, Roles
from services.api.idempotency import is_idempotent
from services.api.schemas import example_of
from services.api.strict_json import Reader
from services.core.roles import Scope

View = Callable[..., Any]
Described = TypeVar("Described", bound=View)

_BODY_REFUSALS = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
)
_KEY_REFUSALS = (HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT)


def refuses(*statuses: HTTPStatus) -> Callable[[Described], Described]:
    """Describe refusals of a view beyond those of its guard, its rule, its body and its key."""

    def describe(view: Described) -> Described:
        view._bilum_refusals = statuses  # type: ignore[attr-defined]  # noqa: SLF001
        return view

    return describe


class Blueprint(SmorestBlueprint):  # type: ignore[misc]  # the library has no types
    """Routes of one feature: `@blueprint.route(rule, guard=…)`."""

    ARGUMENTS_PARSER: ClassVar = Reader()

    def __init__(self, name: str, description: str, prefix: str = "") -> None:
        super().__init__(name, __name__, url_prefix=prefix, description=description)
        self.guards: dict[str, Guard] = {}
        self._bodies: dict[str, int] = {}
        self._octets: dict[str, Collection[str]] = {}
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
        """Register a route with its guard, and what comes with it in its description.

        Besides Flask's own, `options` may have `body`, the longest body that the route takes, in
        bytes, where that is not the application's, and `octets`, the parameters of its query that
        are no text. A route for holders of tokens has `scope`, the scope that a token needs.
        `operation` names it for generated clients, by a verb, where the view's own name is none.

        Raises:
            TypeError: a route for holders of tokens declares no scope, or another one does.
        """
        longest, octets = options.pop("body", None), options.pop("octets", ())
        guard, operation = (
            _within(guard, options.pop("scope", None)),
            options.pop("operation", None),
        )
        view_func = self.doc(**self._described(rule, guard, operation, view_func))(view_func)
        super().add_url_rule(rule, endpoint, view_func, provide_automatic_options, **options)
        self.guards[self._endpoints[-1]] = guard
        if longest is not None:
            self._bodies[self._endpoints[-1]] = longest
        self._octets[self._endpoints[-1]] = octets

    def arguments(
        self,
        schema: object,
        **options: Any,  # noqa: ANN401 — the base class's signature
    ) -> Callable[[View], View]:
        """Read arguments of a request; without an example, the schema's members make a body's."""
        if isinstance(schema, type) and options.get("location", "json") == "json":
            options.setdefault("example", example_of(schema))
        return super().arguments(schema, **options)  # type: ignore[no-any-return]

    def response(
        self,
        status_code: int | str | HTTPStatus,
        schema: object = None,
        **options: Any,  # noqa: ANN401 — the base class's signature
    ) -> Callable[[View], View]:
        """Describe the answer of a success; without an example, the schema's members make one."""
        if isinstance(schema, type) and issubclass(schema, Schema):
            options.setdefault("example", example_of(schema))
        return super().response(status_code, schema, **options)  # type: ignore[no-any-return]

    def register_views_in_doc(self, api: Any, *which: object, **named: object) -> None:  # noqa: ANN401
        """Describe the routes, but not before somebody asks."""
        api.describe_later(partial(super().register_views_in_doc, api, *which, **named))

    def longest_body(self, endpoint: str) -> int | None:
        """Return the longest body of a route, in bytes; None: the application's."""
        return self._bodies.get(endpoint)

    def _described(
        self, rule: str, guard: Guard, operation: str | None, view_func: View | None
    ) -> dict[str, object]:
        return {
            "security": [dict(one) for one in guard.security],
            "operationId": operation or getattr(view_func, "__name__", ""),
            "responses": {
                status.value: status.name for status in _refusals(rule, guard, view_func)
            },
        }

    def _admit(self) -> None:
        endpoint = (request.endpoint or "").rpartition(".")[2]
        if endpoint in self._bodies:
            request.max_content_length = self._bodies[endpoint]
        here, guard = context(), self.guards[endpoint]
        if isinstance(guard, Public | Roles):
            here.limits.admit_address(request.remote_addr)
        guard.admit(here)
        if "token_id" in g:
            here.limits.admit_token(g.token_id)
        # PostgreSQL has no such character, and no number or name holds one.
        octets = self._octets[endpoint]
        if "\0" in request.path or any(
            "\0" in value for name, value in request.args.items(multi=True) if name not in octets
        ):
            abort(HTTPStatus.BAD_REQUEST, messages={"query": ["The character U+0000 is in it."]})


def _within(guard: Guard, scope: Scope | None) -> Guard:
    if isinstance(guard, Roles) != (scope is not None):
        message = "a route for holders of tokens declares the scope that it needs, and no other"
        raise TypeError(message)
    return guard.within(scope) if isinstance(guard, Roles) and scope else guard


def _refusals(rule: str, guard: Guard, view_func: View | None) -> Iterator[HTTPStatus]:
    yield from guard.refusals
    yield HTTPStatus.TOO_MANY_REQUESTS
    told = getattr(view_func, "_apidoc", {}).get("response", {}).get("responses", ())
    if "<" in rule and HTTPStatus.NOT_FOUND not in told:
        yield HTTPStatus.NOT_FOUND
    yield from getattr(view_func, "_bilum_refusals", ())
    arguments = getattr(view_func, "_apidoc", {}).get("arguments", {}).get("parameters", ())
    if any(one["in"] == "json" for one in arguments):
        yield from _BODY_REFUSALS
    if is_idempotent(view_func):
        yield from _KEY_REFUSALS
