from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.channels.shared import GivenSecret, given_secret, verify
from gateway.errors import BadSecret, ChannelOff
from gateway.settings import GatewaySettings, Proof

SECRET = "äsecret of sixteen"
SETTINGS = GatewaySettings(
    kannel_secret=SECRET,
    africastalking_secret=SECRET[::-1],
    africastalking_sources=(ip_network("192.0.2.0/24"), ip_network("2001:db8::/32")),
)


def test_verify__secret_of_the_channel__passes():
    verify("kannel", GivenSecret(SECRET), None, SETTINGS)
    verify("africastalking", GivenSecret(SECRET[::-1]), "192.0.2.7", SETTINGS)


@pytest.mark.parametrize("given_", [None, "", SECRET[:-1], SECRET + " ", SECRET[::-1], "\ud800"])
def test_verify__any_other_secret__is_refused_and_not_shown(given_):
    with pytest.raises(BadSecret) as caught:
        verify("kannel", GivenSecret(given_), None, SETTINGS)
    assert SECRET not in caught.value.detail
    assert not given_ or given_ not in caught.value.detail


@given(st.text())
def test_verify__arbitrary_secret__is_refused(given_):
    with pytest.raises(BadSecret):
        verify("africastalking", GivenSecret(given_), "192.0.2.7", SETTINGS)


@pytest.mark.parametrize("channel", GatewaySettings().proofs())
@pytest.mark.parametrize("given_", [None, "", "None"])
def test_verify__no_secret_set__believes_nothing(channel, given_):
    with pytest.raises(ChannelOff, match=channel):
        verify(channel, GivenSecret(given_), "192.0.2.7", GatewaySettings())


@pytest.mark.parametrize("source", ["192.0.2.255", "2001:db8::1", "::ffff:192.0.2.1"])
def test_verify__address_in_a_network__passes(source):
    verify("africastalking", GivenSecret(SECRET[::-1]), source, SETTINGS)


@pytest.mark.parametrize("source", [None, "", "192.0.3.1", "2001:db9::1", "::ffff:192.0.3.1", "x"])
def test_verify__address_in_none__is_refused(source):
    with pytest.raises(BadSecret):
        verify("africastalking", GivenSecret(SECRET[::-1]), source, SETTINGS)


BASIC = "Basic " + b64encode(f"bilum:{SECRET}".encode()).decode()


@pytest.mark.parametrize(
    ("headers", "query", "expected"),
    [
        ({}, {}, (None, True)),
        ({}, {"secret": "a"}, ("a", True)),
        ({"Bilum-Secret": "b"}, {"secret": "a"}, ("b", False)),
        ({"Authorization": BASIC, "Bilum-Secret": "b"}, {"secret": "a"}, (SECRET, False)),
        ({"Authorization": BASIC.replace("Basic", "BASIC")}, {}, (SECRET, False)),
        ({"Authorization": "Basic %%%"}, {"secret": SECRET}, (None, False)),
        ({"Authorization": "Basic /w=="}, {"secret": SECRET}, (None, False)),
        ({"Authorization": "Bearer x"}, {"secret": "a"}, ("a", True)),
    ],
)
def test_given_secret__wherever_it_stands__is_found_and_a_header_comes_first(
    headers, query, expected
):
    assert given_secret(headers, query) == expected


@pytest.mark.parametrize(
    ("channel", "named", "taken"),
    [
        ("kannel", {"kannel"}, True),
        ("kannel", {"none"}, False),
        ("kannel", {"africastalking", "ussd"}, False),
        ("ussd-africastalking", {"ussd"}, True),
        ("ussd-africastalking", {"ussd-africastalking"}, True),
        ("ussd-africastalking", {"africastalking"}, False),
    ],
)
def test_verify__secret_in_the_address__is_taken_of_named_carriers_alone(channel, named, taken):
    told = replace(
        SETTINGS,
        ussd=tuple(replace(one, proof=Proof(SECRET)) for one in SETTINGS.ussd),
        secret_in_address=frozenset(named),
    )
    verify(channel, GivenSecret(SECRET), None, told)
    if taken:
        verify(channel, GivenSecret(SECRET, in_address=True), None, told)
    else:
        with pytest.raises(BadSecret, match="send it by HTTP Basic"):
            verify(channel, GivenSecret(SECRET, in_address=True), None, told)
