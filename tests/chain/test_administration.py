"""Roles, pause and the admin's handing over: on a chain in process, whose time can be passed."""

from __future__ import annotations

import pytest

from chain.administration import Administration
from chain.errors import LedgerError, NoContract, NoSigner, NotAdmin
from tests.contracts.scene import DELAY, Scene

NOBODY = "0x" + "0" * 40


@pytest.fixture
def scene():
    return Scene()


@pytest.fixture
def sign_as(scene):
    """Return the administration as the admin (0), recorder, heir or stranger (3) signs it."""

    def sign(place):
        return Administration(scene.provider, scene.ledger.address, scene.signers[place])

    return sign


@pytest.fixture
def admin(sign_as):
    return sign_as(0)


def test_grant_and_revoke__by_the_admin__change_who_may_record_and_no_more(scene, admin):
    for _ in range(2):
        admin.grant(scene.heir)
        assert scene.ledger.has_recorder_role(scene.heir)
    for _ in range(2):
        admin.revoke(scene.recorder)
        assert not scene.ledger.has_recorder_role(scene.recorder)
    assert scene.ledger.has_recorder_role(scene.heir)
    assert admin.admin() == scene.admin == admin.signer


def test_grant__as_it_is_already__sends_nothing(scene, admin):
    nonce = scene.ledger.next_nonce(scene.admin)
    admin.grant(scene.recorder)
    admin.revoke(scene.stranger)
    admin.unpause()
    admin.cancel_handover()
    assert scene.ledger.next_nonce(scene.admin) == nonce


def test_pause_and_unpause__twice_each__stop_recording_and_let_it_go_on(scene, admin):
    for _ in range(2):
        admin.pause()
        assert scene.ledger.paused()
    for _ in range(2):
        admin.unpause()
        assert not scene.ledger.paused()


def test_any_command__of_another_than_the_admin__is_refused_before_anything_is_sent(scene, sign_as):
    recorder = sign_as(1)
    for command in (
        lambda: recorder.grant(scene.stranger),
        lambda: recorder.revoke(scene.recorder),
        recorder.pause,
        lambda: recorder.begin_handover(scene.recorder),
    ):
        with pytest.raises(NotAdmin, match=scene.admin):
            command()
    assert scene.ledger.next_nonce(scene.recorder) == 0


def test_any_command__without_a_key__raises_no_signer(scene):
    reader = Administration(scene.provider, scene.ledger.address)
    assert reader.handover() is None
    for command in (reader.pause, lambda: reader.fund(scene.heir, 1), reader.accept_handover):
        with pytest.raises((NoSigner, NotAdmin)):
            command()


def test_any_view__address_without_code__raises_no_contract(scene):
    with pytest.raises(NoContract):
        Administration(scene.provider, NOBODY).admin()


@pytest.mark.slow
def test_handover__accepted_after_the_delay__the_heir_is_admin_and_the_old_one_is_not(
    scene, admin, sign_as
):
    heir = sign_as(2)
    begun = admin.begin_handover(scene.heir)
    assert (begun.to, admin.delay()) == (scene.heir, DELAY)
    assert begun.since == admin.block_time() + DELAY
    with pytest.raises(NotAdmin, match="seconds are left"):
        heir.accept_handover()
    scene.pass_time(DELAY - 1)
    with pytest.raises(NotAdmin, match="seconds are left"):
        heir.accept_handover()
    scene.pass_time(60)
    with pytest.raises(NotAdmin, match="was begun"):
        sign_as(3).accept_handover()
    heir.accept_handover()
    assert heir.admin() == scene.heir
    assert heir.handover() is None
    with pytest.raises(NotAdmin):
        admin.pause()
    heir.pause()


@pytest.mark.slow
def test_handover__cancelled_or_begun_anew__the_first_heir_cannot_accept(scene, admin, sign_as):
    admin.begin_handover(scene.heir)
    admin.cancel_handover()
    assert admin.handover() is None
    admin.begin_handover(scene.heir)
    assert admin.begin_handover(scene.stranger).to == scene.stranger
    scene.pass_time(DELAY + 60)
    with pytest.raises(NotAdmin, match="was begun"):
        sign_as(2).accept_handover()
    sign_as(3).accept_handover()


def test_handover__to_nobody__is_refused(scene, admin):
    with pytest.raises(LedgerError, match="no key could ever"):
        admin.begin_handover(NOBODY)
    assert admin.handover() is None


def test_fund__an_empty_wallet__has_what_was_given(scene, sign_as):
    empty = "0x00000000000000000000000000000000000000A1"
    sign_as(3).fund(empty, 12_345)
    assert sign_as(3).balance(empty) == 12_345


def test_fund__more_than_there_is__is_refused_in_words(scene, sign_as):
    with pytest.raises(LedgerError, match="refused the payment"):
        sign_as(3).fund(scene.heir, 10**40)
