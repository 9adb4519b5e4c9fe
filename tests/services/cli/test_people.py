from __future__ import annotations

import pytest

from services.core.settings import Settings
from services.messaging.ussd.pins import Hasher, propose, settle_pin
from services.runtime.container import Runtime
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from tests.factories import BUYER, FARMER, Phones


@pytest.fixture
def phones(bilum, tmp_path):
    """Phones that write into the folder of the command."""
    runtime = Runtime.open(Settings.from_env({"BILUM_DATA_DIR": str(tmp_path / "data")}))
    yield Phones(runtime.database)
    runtime.close()


def test_token__made_listed_and_revoked__shows_its_time_and_never_the_secret(bilum):
    secret = bilum("token", "create", "--role", "auditor").out.strip()
    listed = bilum("token", "list")
    assert (listed.status, "auditor" in listed.out, secret in listed.out) == (0, True, False)
    assert listed.out.count("Z") == 2
    assert bilum("token", "revoke", 1).status == 0
    assert bilum("token", "list").out.count("Z") == 3


def test_token_revoke__no_such_token__says_so(bilum):
    ended = bilum("token", "revoke", 7)
    assert ended.status == 2
    assert "no token 7" in ended.err


def test_token__for_a_phone__belongs_to_its_party(bilum):
    made = bilum("party", "add", "--role", "keeper", "--phone", "+67570000001")
    party = made.err.split()[1]
    assert bilum("token", "create", "--role", "keeper", "--phone", "+67570000001").status == 0
    assert bilum("token", "create", "--role", "keeper", "--party", party).status == 0
    assert bilum("token", "list").out.count(party.partition("-")[0]) == 2


def test_token__for_nobody_or_for_two__says_so(bilum):
    nobody = "2c0f8d0e-1c44-4a0e-9a65-0f6a4d9f7c11"
    ended = bilum("token", "create", "--role", "keeper", "--party", nobody)
    assert (ended.status, "no party" in ended.err) == (2, True)
    both = bilum(
        "token", "create", "--role", "keeper", "--party", nobody, "--phone", "+67570000001"
    )
    assert (both.status, "not both" in both.err) == (2, True)


def test_party_accesses__by_phone_or_party__lists_who_read(bilum, phones):
    phones.send("wanem samting")
    assert bilum("inbox", "--service", "unknown").status == 0
    party = bilum("party", "add", "--role", "keeper", "--phone", FARMER).err.split()[1]
    for whose in (FARMER, "7000 0001", party):
        shown = bilum("party", "accesses", whose)
        assert (shown.status, FARMER in shown.out) == (0, False)
        [line] = [line for line in shown.out.splitlines() if "bilum inbox" in line]
        assert "this server" in line
    assert "bilum inbox" not in bilum("party", "accesses", BUYER).out


@pytest.mark.parametrize(
    ("whose", "said"),
    [("2c0f8d0e-1c44-4a0e-9a65-0f6a4d9f7c11", "no party"), ("Maria", "number")],
)
def test_party_accesses__of_nobody__says_so(bilum, whose, said):
    ended = bilum("party", "accesses", whose)
    assert (ended.status, said in ended.err) == (2, True)


def test_party_pin_reset__of_a_phone__takes_the_pin_away_and_shows_no_number(bilum, phones):
    phones.say("ME")
    with phones.database.write() as session:
        unit = Unit(session, phones.database.vault)
        party, hasher = party_of(unit, FARMER), Hasher()
        propose(unit, party, FARMER, "258036", hasher)
        settle_pin(unit, party, "258036", hasher)
    first, again = bilum("party", "pin-reset", FARMER), bilum("party", "pin-reset", FARMER)
    assert (first.status, "has no PIN any more" in first.err) == (0, True)
    assert (again.status, again.err.strip().endswith("has no PIN")) == (0, True)
    assert FARMER[4:] not in first.err + first.out
    assert bilum("party", "pin-reset", BUYER).status == 2
