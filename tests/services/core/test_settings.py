"""Settings from an environment: files, faults all at once, defaults that agree with the edges'."""

from __future__ import annotations

import pytest

from gateway.settings import GatewaySettings
from services.core.errors import SettingsError
from services.core.settings import Settings
from sms.settings import SmsSettings


def read(**environ):
    return Settings.from_env({"BILUM_DATA_DIR": "/nowhere", **environ})


def test_read__nothing_set__is_what_the_edges_take_by_default():
    settings = read()
    assert settings.sms == SmsSettings()
    assert settings.gateway == GatewaySettings()
    chain = settings.chain
    assert chain == type(chain)(url=None, embedded=settings.data_dir / "chain.db")


def test_read__secret_in_a_file__is_taken_without_blanks_and_not_shown(tmp_path):
    file = tmp_path / "secret"
    file.write_text("a secret of Kannel\n")
    settings = read(BILUM_KANNEL_SECRET_FILE=str(file))
    assert settings.gateway.kannel_secret == "a secret of Kannel"
    assert "a secret" not in repr(settings)
    both = read(BILUM_KANNEL_SECRET="another one of Kannel", BILUM_KANNEL_SECRET_FILE=str(file))
    assert both.gateway.kannel_secret == "another one of Kannel"


def test_read__phones_of_offices__are_of_provinces_and_the_country():
    settings = read(BILUM_OFFICE_PHONES="Jiwaka: +675 542  1000, *: 180 1332")
    assert settings.office_phones == {"Jiwaka": "+675 542 1000", "*": "180 1332"}
    for wrong in ("Atlantis: 180", "Jiwaka", "Jiwaka: Rose", "+675 542 1000", "Jiwaka: 1-800"):
        with pytest.raises(SettingsError):
            read(BILUM_OFFICE_PHONES=wrong)


def test_read__blanks_alone__are_absent():
    assert read(BILUM_PORT="  ") == read()


@pytest.mark.parametrize(
    ("named", "held"),
    [
        ("", {"kannel", "africastalking", "ussd"}),
        ("none", set()),
        ("kannel", {"kannel"}),
        ("ussd-africastalking, kannel", {"ussd-africastalking", "kannel"}),
    ],
)
def test_read__carriers_with_their_secret_in_the_address__are_named_or_none(named, held):
    assert read(BILUM_SECRET_IN_ADDRESS=named).gateway.secret_in_address == held


@pytest.mark.parametrize(
    ("named", "told"),
    [("kanel", "kanel"), ("kannel, none", "none"), ("ussd-digicell, twilio", "twilio, ussd-digi")],
)
def test_read__secret_in_the_address_of_no_carrier__is_refused(named, told):
    with pytest.raises(SettingsError, match=f"BILUM_SECRET_IN_ADDRESS names .*{told}") as raised:
        read(BILUM_SECRET_IN_ADDRESS=named)
    assert len(raised.value.faults) == 1


def test_read__file_of_a_secret_that_is_no_text__is_a_fault_beside_the_others(tmp_path):
    file = tmp_path / "secret"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError) as raised:
        read(BILUM_KANNEL_SECRET_FILE=str(file), BILUM_PORT="0")
    assert sorted(raised.value.faults) == [
        "BILUM_KANNEL_SECRET_FILE cannot be read: it is not UTF-8 text",
        "BILUM_PORT must be a port from 1 to 65535",
    ]


def test_read__several_faults__are_named_at_once():
    with pytest.raises(SettingsError) as raised:
        read(
            BILUM_PORT="0",
            BILUM_LEDGER_ADDRESS="0x12",
            BILUM_QUIET_HOURS="night",
            BILUM_SMS_PRICES="kannel none",
            BILUM_DATA_KEY_FILE="/nowhere/key",
            BILUM_USSD="x",
            BILUM_CARRIER="twilio",
            BILUM_OIDC_ISSUER="https://id.example",
        )
    assert [fault.split(":")[0] for fault in sorted(raised.value.faults)] == [
        "BILUM_CARRIER is no setting any more",
        "BILUM_DATA_KEY_FILE cannot be read",
        "BILUM_LEDGER_ADDRESS must be 0x and 40 hexadecimal digits",
        "BILUM_OIDC_ISSUER, BILUM_OIDC_CLIENT_ID and BILUM_OIDC_CLIENT_SECRET go together",
        "BILUM_PORT must be a port from 1 to 65535",
        "BILUM_QUIET_HOURS must be such as 21",
        "BILUM_SMS_PRICES must be such as",
        "BILUM_USSD is wrong",
    ]
