from __future__ import annotations

import pytest

from sms.destinations import refused_destination
from sms.reasons import Reason
from sms.settings import AfricasTalkingSettings, KannelSettings, SmsSettings, TwilioSettings

SATELLITES = ["+881621234567", "+8816314567890", "+882131234567", "+870773123456", "+88342123456"]
PREMIUM = ["+979123456789", "+19005551234", "+447012345678", "+611900123456", "+61190012345"]
ABROAD = ["+61491570006", "+12025550123", "+18765551234", "+6281234567890", "+67712345"]


def why(number, **changes):
    return refused_destination(number, SmsSettings(**changes))


@pytest.mark.parametrize("number", ["+67570000001", "+67581234567", "+6753201234"])
def test_destination__of_the_country_itself__is_served_by_default(number):
    assert why(number) is None


@pytest.mark.parametrize("number", ABROAD)
def test_destination__abroad__needs_its_country(number):
    assert why(number) is Reason.COUNTRY
    assert why(number, countries=("*",)) is None


def test_destination__of_a_named_country__is_not_all_that_shares_its_code():
    countries = ("PG", "US")
    assert why("+12025550123", countries=countries) is None
    assert why("+18765551234", countries=countries) is Reason.COUNTRY


@pytest.mark.parametrize("number", [*SATELLITES, *PREMIUM])
def test_destination__by_satellite_or_at_a_premium__is_refused_in_every_country(number):
    assert why(number, countries=("*",)) in {Reason.SPECIAL_NUMBER, Reason.COUNTRY}
    assert why(number) in {Reason.SPECIAL_NUMBER, Reason.COUNTRY}


def test_destination__special_range_that_is_named__is_served_alone():
    countries = ("PG", "+8816")
    assert why("+8816314567890", countries=countries) is None
    assert why("+8817314567890", countries=countries) is Reason.SPECIAL_NUMBER


def test_destination__own_number_of_any_channel__is_refused():
    settings = SmsSettings(
        twilio=TwilioSettings(sender="+67570000009"),
        kannel=KannelSettings(sender="16345"),
        africastalking=AfricasTalkingSettings(sender="7000 0008"),
    )
    for number in ("+67570000009", "+67570000008"):
        assert refused_destination(number, settings) is Reason.OWN_NUMBER
    assert refused_destination("+67570000007", settings) is None


def test_destination__on_the_deny_list__is_refused():
    denied = ("+67570000001", "+675321*")
    assert why("+67570000001", denied=denied) is Reason.DENIED
    assert why("+6753211111", denied=denied) is Reason.DENIED
    assert why("+675700000010", denied=denied) is None
    assert why("+61491570006", denied=denied, countries=("*",)) is None


@pytest.mark.parametrize("number", ["+999123456789", "+2101234567", "+0000000"])
def test_destination__of_no_country__is_refused(number):
    assert why(number) is Reason.COUNTRY
