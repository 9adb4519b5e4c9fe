from __future__ import annotations

from sms.settings import SmsSettings


def test_settings__auth_token__is_not_in_the_repr():
    assert "secret" not in repr(SmsSettings(twilio_auth_token="secret"))


def test_faults__console__needs_nothing():
    assert SmsSettings().faults() == ()


def test_faults__twilio_without_anything__names_all():
    assert SmsSettings(carrier="twilio").faults() == (
        "carrier twilio needs twilio_account_sid",
        "carrier twilio needs twilio_auth_token",
        "carrier twilio needs twilio_from or twilio_messaging_service_sid",
    )


def test_faults__twilio_with_a_messaging_service__has_none():
    settings = SmsSettings("twilio", "AC1", "secret", twilio_messaging_service_sid="MG1")
    assert settings.faults() == ()
