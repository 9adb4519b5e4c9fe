"""Who may record, who decides that, and what a pause stops."""

import pytest
from eth_hash.auto import keccak

from chain.contract import RECORDER_ROLE
from tests.contracts.scene import DELAY, some_leaves, some_root

ADMIN_ROLE = bytes(32)


def call_record(scene):
    size = scene.ledger.size()
    return ("record", size, scene.ledger.root_at(size), some_root(1), some_leaves(1))


def test_recorder_role__of_the_contract__is_the_clients(scene):
    assert scene.contract.functions.RECORDER_ROLE().call() == RECORDER_ROLE
    assert keccak(b"RECORDER_ROLE") == RECORDER_ROLE


@pytest.mark.parametrize("who", ["admin", "stranger"])
def test_record__by_another_than_the_recorder__is_refused(scene, who):
    sender = getattr(scene, who)
    name, account, role = scene.revert(sender, *call_record(scene))
    assert (name, account, role) == (
        "AccessControlUnauthorizedAccount",
        sender.lower(),
        RECORDER_ROLE,
    )


def test_recorder__rotated_by_the_admin__only_the_new_one_records(scene):
    scene.send(scene.admin, "grantRole", RECORDER_ROLE, scene.heir)
    scene.send(scene.admin, "revokeRole", RECORDER_ROLE, scene.recorder)
    scene.send(scene.heir, *call_record(scene))
    assert scene.revert(scene.recorder, *call_record(scene))[1] == scene.recorder.lower()
    assert not scene.ledger.has_recorder_role(scene.recorder)
    assert scene.ledger.has_recorder_role(scene.heir)


@pytest.mark.parametrize(
    "call", [("grantRole", "stranger"), ("revokeRole", "recorder")], ids=["grant", "revoke"]
)
@pytest.mark.parametrize("who", ["recorder", "stranger"])
def test_roles__changed_by_another_than_the_admin__is_refused(scene, call, who):
    name, whom = call
    error = scene.revert(getattr(scene, who), name, RECORDER_ROLE, getattr(scene, whom))
    assert error[0] == "AccessControlUnauthorizedAccount"


def test_admin__granted_at_once__is_refused(scene):
    error = scene.revert(scene.admin, "grantRole", ADMIN_ROLE, scene.heir)
    assert error == ("AccessControlEnforcedDefaultAdminRules",)


def test_admin__handed_over_before_the_delay__is_refused(scene):
    scene.send(scene.admin, "beginDefaultAdminTransfer", scene.heir)
    error = scene.revert(scene.heir, "acceptDefaultAdminTransfer")
    assert error[0] == "AccessControlEnforcedDefaultAdminDelay"


def test_admin__handed_over_after_the_delay__passes_to_the_heir(scene):
    scene.send(scene.admin, "beginDefaultAdminTransfer", scene.heir)
    scene.pass_time(DELAY + 1)
    error = scene.revert(scene.stranger, "acceptDefaultAdminTransfer")
    assert error == ("AccessControlInvalidDefaultAdmin", scene.stranger.lower())
    scene.send(scene.heir, "acceptDefaultAdminTransfer")
    assert scene.contract.functions.defaultAdmin().call() == scene.heir
    scene.send(scene.heir, "pause")
    assert scene.revert(scene.admin, "unpause")[0] == "AccessControlUnauthorizedAccount"


def test_pause__while_it_lasts__stops_recording_and_no_reading(scene):
    scene.record(some_leaves(1), some_root(1))
    scene.send(scene.admin, "pause")
    assert scene.ledger.paused()
    assert scene.revert(scene.recorder, *call_record(scene)) == ("EnforcedPause",)
    assert scene.ledger.size() == 1
    assert scene.ledger.root_at(1) == some_root(1)
    assert scene.ledger.verify_inclusion(some_root(1), 0, 1, [])
    scene.send(scene.admin, "unpause")
    scene.send(scene.recorder, *call_record(scene))
    assert scene.ledger.size() == 2


@pytest.mark.parametrize("name", ["pause", "unpause"])
def test_pause__by_another_than_the_admin__is_refused(scene, name):
    if name == "unpause":
        scene.send(scene.admin, "pause")
    for sender in (scene.recorder, scene.stranger):
        assert scene.revert(sender, name)[0] == "AccessControlUnauthorizedAccount"
