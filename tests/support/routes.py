"""Routes, compiled once in a process: nearly each test makes an application of its own."""

from __future__ import annotations

from werkzeug.routing import Rule


def compile_routes_once() -> None:
    """Let a rule have the parts, and the functions that build its address, of one that reads so.

    Werkzeug writes those functions as Python and compiles them, twice a rule: nine tenths of what
    an application takes to make, which a server does once and the tests do two thousand times.
    """
    whole = Rule.compile
    made: dict[tuple[object, ...], Rule] = {}

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
