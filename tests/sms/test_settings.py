from __future__ import annotations

import pytest

from sms.routing import Route
from sms.settings import AfricasTalkingSettings, KannelSettings, SmsSettings, TwilioSettings

TWILIO = (Route("+", ("twilio",)),)
EVERY = (Route("+675", ("kannel", "africastalking")), Route("+", ("twilio", "console")))


@pytest.mark.parametrize(
    "settings",
    [
        TwilioSettings(auth_token="hush"),
        KannelSettings(password="hush"),
        KannelSettings(secret="hush"),
        AfricasTalkingSettings(api_key="hush"),
        SmsSettings(twilio=TwilioSettings(auth_token="hush")),
    ],
)
def test_settings__secret__is_not_in_the_repr(settings):
    assert "hush" not in repr(settings)


def test_faults__console_alone__needs_nothing():
    assert SmsSettings().faults() == ()


def test_faults__twilio_without_anything__names_all():
    assert SmsSettings(routes=TWILIO).faults() == (
        "the channel twilio needs BILUM_TWILIO_ACCOUNT_SID",
        "the channel twilio needs BILUM_TWILIO_AUTH_TOKEN",
        "the channel twilio needs BILUM_TWILIO_FROM or BILUM_TWILIO_MESSAGING_SERVICE_SID",
    )


@pytest.mark.parametrize("sender", [{"sender": "BILUM"}, {"messaging_service_sid": "MG1"}])
def test_faults__twilio_with_a_sender_of_either_kind__has_none(sender):
    twilio = TwilioSettings("AC1", "hush", **sender)
    assert SmsSettings(routes=TWILIO, twilio=twilio).faults() == ()


def test_faults__every_channel_without_anything__names_what_each_needs():
    faults = SmsSettings(routes=EVERY).faults()
    for channel, needed in {"kannel": 4, "africastalking": 2, "twilio": 3, "console": 0}.items():
        assert sum(fault.startswith(f"the channel {channel} ") for fault in faults) == needed


def test_faults__every_channel_in_full__has_none():
    settings = SmsSettings(
        routes=EVERY,
        twilio=TwilioSettings("AC1", "hush", "+67570000099"),
        kannel=KannelSettings("http://127.0.0.1:13013", "bilum", "hush", secret="hush"),
        africastalking=AfricasTalkingSettings("bilum", "hush"),
    )
    assert settings.faults() == ()


def test_faults__route_to_a_channel_that_is_not_there__names_it():
    (fault,) = SmsSettings(routes=(Route("+", ("pigeon",)),)).faults()
    assert fault == "BILUM_ROUTES names pigeon, which is no channel"


def test_price_of__channel_with_a_price_of_its_own__is_that_price():
    settings = SmsSettings(price_toea=25, prices={"twilio": 40})
    assert (settings.price_of("twilio"), settings.price_of("kannel")) == (40, 25)
