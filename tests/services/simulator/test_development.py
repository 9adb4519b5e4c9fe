"""Development mode: off by itself, never together with real phones, loud where it is on."""

from __future__ import annotations

import pytest

from services.core.errors import SettingsError
from services.core.settings import DEVELOPMENT_WARNING, Settings

KANNEL = {
    "BILUM_KANNEL_URL": "http://127.0.0.1:13013",
    "BILUM_KANNEL_USER": "bilum",
    "BILUM_KANNEL_PASSWORD": "a-password",
    "BILUM_KANNEL_SECRET": "a secret of Kannel",
}
AFRICASTALKING = {
    "BILUM_AFRICASTALKING_USERNAME": "bilum",
    "BILUM_AFRICASTALKING_API_KEY": "a-key",
}
TWILIO = {
    "BILUM_TWILIO_ACCOUNT_SID": f"AC{'0' * 32}",
    "BILUM_TWILIO_AUTH_TOKEN": "for-tests",
    "BILUM_TWILIO_FROM": "+15005550006",
}
CARRIERS = KANNEL | AFRICASTALKING | TWILIO


def read(**environ):
    return Settings.from_env({"BILUM_DATA_DIR": "/nowhere", **environ})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({}, False, id="absent"),
        pytest.param({"BILUM_DEVELOPMENT": ""}, False, id="empty"),
        pytest.param({"BILUM_DEVELOPMENT": "0"}, False, id="off"),
        pytest.param({"BILUM_DEVELOPMENT": "1"}, True, id="on"),
        pytest.param({"BILUM_DEVELOPMENT": " 1\n"}, True, id="on-with-blanks"),
    ],
)
def test_setting__read__is_what_was_said(given, expected):
    assert read(**given).development is expected


@pytest.mark.parametrize("given", ["yes", "true", "2", "-1", "01", "१", "on", "1 0"])
def test_setting__anything_else__is_a_fault(given):
    with pytest.raises(SettingsError, match="BILUM_DEVELOPMENT must be 1 or 0"):
        read(BILUM_DEVELOPMENT=given)


@pytest.mark.parametrize(
    ("routes", "named"),
    [
        ("+ kannel", "kannel"),
        ("+ twilio", "twilio"),
        ("+ africastalking", "africastalking"),
        ("+675 console, + twilio", "twilio"),
        ("+675 console kannel", "kannel"),
        ("+675 kannel twilio, + console", "kannel, twilio"),
    ],
)
def test_routes__to_real_phones__are_refused(routes, named):
    with pytest.raises(SettingsError, match=f"to real phones by {named}, and in development"):
        read(BILUM_DEVELOPMENT="1", BILUM_ROUTES=routes, **CARRIERS)
    assert read(BILUM_ROUTES=routes, **CARRIERS).development is False


def test_routes__to_the_console_alone__are_taken():
    assert read(BILUM_DEVELOPMENT="1", BILUM_ROUTES="+675 console", **CARRIERS).development


def test_secrets__absent_in_development__are_drawn_anew_each_time():
    first, second = read(BILUM_DEVELOPMENT="1").gateway, read(BILUM_DEVELOPMENT="1").gateway
    for name in ("kannel_secret", "africastalking_secret"):
        assert len(getattr(first, name)) >= 16
        assert getattr(first, name) != getattr(second, name)
        assert getattr(first, name) not in repr(first)
    of_ussd = [one.proofs()["ussd-africastalking"].secret for one in (first, second)]
    assert len(of_ussd[0]) >= 16
    assert of_ussd[0] != of_ussd[1]
    assert of_ussd[0] not in repr(first)


def test_secrets__given__are_kept_and_elsewhere_none_are_drawn():
    given = read(BILUM_DEVELOPMENT="1", BILUM_KANNEL_SECRET="a secret of Kannel").gateway
    assert given.kannel_secret == "a secret of Kannel"
    off = read().gateway
    assert {proof.secret for proof in off.proofs().values()} == {None}


def test_doctor__in_development__says_so(bilum, monkeypatch):
    assert "development" not in bilum("doctor").out
    monkeypatch.setenv("BILUM_DEVELOPMENT", "1")
    assert DEVELOPMENT_WARNING in bilum("doctor").out
