"""Routes, made once in a process: nearly each test makes an application of its own."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from flask import Blueprint, Flask
from werkzeug.routing import Map, Rule
from werkzeug.routing import map as maps
from werkzeug.routing.matcher import State, StateMachineMatcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


_ADDS_A_ROUTE = "Blueprint.add_url_rule.<locals>.<lambda>"


@dataclass
class _Made:
    """What a blueprint gave to the first application that has it."""

    rules: list[Rule] = field(default_factory=list)
    views: dict[str, Callable[..., Any]] = field(default_factory=dict)


def make_routes_once() -> None:
    """Let an application have the routes that the process has made for another one.

    Flask makes the rules of a blueprint anew for each application, Werkzeug writes functions that
    build their addresses, and puts the rules into a tree: nearly all that an application takes to
    make, which a server does once and the tests do some thousands of times.
    """
    maps.StateMachineMatcher = _SharedTree
    _compile_alike_once()
    register, kept = Blueprint.register, dict[tuple[object, ...], _Made]()

    def register_once(blueprint: Blueprint, app: Flask, options: dict[str, Any]) -> None:
        if options or not _gives_routes_alone(blueprint) or blueprint.name in app.blueprints:
            register(blueprint, app, options)
            return
        key = (blueprint, len(blueprint.deferred_functions), app.url_map.merge_slashes)
        if key not in kept:
            kept[key] = made = _Made()
            with _noting(app, made):
                register(blueprint, app, options)
        else:
            _give(app, blueprint, kept[key])

    Blueprint.register = register_once


def _compile_alike_once() -> None:
    """Let a rule have the parts, and the functions that build its address, of one that reads so."""
    whole, made = Rule.compile, dict[tuple[object, ...], Rule]()

    def compile_rule(rule: Rule) -> None:
        place = rule.map
        reads = (rule.rule, rule.subdomain, rule.host, rule.merge_slashes, place.host_matching)
        twin = made.get(reads)
        # A default may be written into the functions.
        if twin is None or rule.defaults or twin.map.converters != place.converters:
            whole(rule)
            if not rule.defaults:
                made[reads] = rule
            return
        rule._parts, rule._trace, rule._converters = twin._parts, twin._trace, twin._converters
        rule.arguments |= twin.arguments
        for name in ("_build", "_build_unknown"):
            setattr(rule, name, getattr(twin, name).__func__.__get__(rule, None))

    Rule.compile = compile_rule


def _gives_routes_alone(blueprint: Blueprint) -> bool:
    return not (
        blueprint._blueprints or blueprint.has_static_folder or blueprint.cli.commands
    ) and all(each.__qualname__ == _ADDS_A_ROUTE for each in blueprint.deferred_functions)


@contextmanager
def _noting(app: Flask, made: _Made) -> Iterator[None]:
    """Note the rules and views that an application gets."""
    before = set(app.view_functions)

    def add(rule: Rule) -> None:
        Map.add(app.url_map, rule)
        made.rules.append(rule)

    app.url_map.add = add
    yield
    del app.url_map.add
    made.views |= {name: app.view_functions[name] for name in app.view_functions.keys() - before}


def _give(app: Flask, blueprint: Blueprint, made: _Made) -> None:
    app.blueprints[blueprint.name] = blueprint
    blueprint._merge_blueprint_funcs(app, blueprint.name)
    app.view_functions |= made.views
    for rule in made.rules:
        app.url_map._matcher.add(rule)
        app.url_map._rules_by_endpoint.setdefault(rule.endpoint, []).append(rule)
    app.url_map._remap = True


class _SharedTree(StateMachineMatcher):
    """The tree of a map's rules, planted when it is asked; maps of the same rules share it."""

    _planted: ClassVar[dict[tuple[int, ...], tuple[State, Sequence[Rule]]]] = {}

    def __init__(self, merge_slashes: bool) -> None:  # noqa: FBT001 — the base class's signature
        super().__init__(merge_slashes)
        self._rules: list[Rule] = []

    def add(self, rule: Rule) -> None:
        """Take a rule, for when a map is asked."""
        self._rules.append(rule)

    def update(self) -> None:
        """Plant the tree, or take that of a map that has the same rules."""
        key = tuple(map(id, self._rules))
        if key not in self._planted:
            self._root = State()
            for rule in self._rules:
                super().add(rule)
            super().update()
            # The rules stay, so that no other gets the number of one.
            self._planted[key] = self._root, tuple(self._rules)
        self._root = self._planted[key][0]
