from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.channels.shared import verify
from gateway.errors import BadSecret, ChannelOff
from gateway.settings import GatewaySettings

SECRET = "äsecret of sixteen"
SETTINGS = GatewaySettings(
    kannel_secret=SECRET,
    africastalking_secret=SECRET[::-1],
    africastalking_sources=(ip_network("192.0.2.0/24"), ip_network("2001:db8::/32")),
)


def test_verify__secret_of_the_channel__passes():
    verify("kannel", SECRET, None, SETTINGS)
    verify("africastalking", SECRET[::-1], "192.0.2.7", SETTINGS)


@pytest.mark.parametrize("given_", [None, "", SECRET[:-1], SECRET + " ", SECRET[::-1], "\ud800"])
def test_verify__any_other_secret__is_refused_and_not_shown(given_):
    with pytest.raises(BadSecret) as caught:
        verify("kannel", given_, None, SETTINGS)
    assert SECRET not in caught.value.detail
    assert not given_ or given_ not in caught.value.detail


@given(st.text())
def test_verify__arbitrary_secret__is_refused(given_):
    with pytest.raises(BadSecret):
        verify("africastalking", given_, "192.0.2.7", SETTINGS)


@pytest.mark.parametrize("channel", GatewaySettings().proofs())
@pytest.mark.parametrize("given_", [None, "", "None"])
def test_verify__no_secret_set__believes_nothing(channel, given_):
    with pytest.raises(ChannelOff, match=channel):
        verify(channel, given_, "192.0.2.7", GatewaySettings())


@pytest.mark.parametrize("source", ["192.0.2.255", "2001:db8::1", "::ffff:192.0.2.1"])
def test_verify__address_in_a_network__passes(source):
    verify("africastalking", SECRET[::-1], source, SETTINGS)


@pytest.mark.parametrize("source", [None, "", "192.0.3.1", "2001:db9::1", "::ffff:192.0.3.1", "x"])
def test_verify__address_in_none__is_refused(source):
    with pytest.raises(BadSecret):
        verify("africastalking", SECRET[::-1], source, SETTINGS)
