from __future__ import annotations

from sms.routing import Route, candidates

ROUTES = (Route("digicel", "+67570"), Route("twilio"), Route("digicel", "+675"))


def test_candidates__several_prefixes_fit__are_in_configured_order_each_once():
    assert candidates(ROUTES, "+67570000001") == ("digicel", "twilio")
    assert candidates(ROUTES, "+67581000001") == ("twilio", "digicel")


def test_candidates__number_abroad__takes_the_route_for_all():
    assert candidates(ROUTES, "+61491570006") == ("twilio",)


def test_candidates__channel_refused_before__is_left_out():
    assert candidates(ROUTES, "+67570000001", {"digicel"}) == ("twilio",)


def test_candidates__nothing_fits__is_empty():
    assert candidates(ROUTES[:1], "+61491570006") == ()
