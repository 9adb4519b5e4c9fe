"""`bilum programme add`, `approve`, `withdraw`, `list`, and the proof and audit of a programme."""

from __future__ import annotations

import json

import pytest

from services.core.roles import Role
from services.core.settings import Settings
from services.runtime.container import Runtime
from tests.services.health.scene import APPROVER, CLINICIAN, PLANNER, SMALL, person


@pytest.fixture
def small(bilum, tmp_path):
    """The file of a programme; a planner and an approver are known."""
    runtime = Runtime.open(Settings.from_env({"BILUM_DATA_DIR": str(tmp_path / "data")}))
    person(runtime.database, PLANNER, Role.PLANNER)
    person(runtime.database, APPROVER, Role.APPROVER)
    person(runtime.database, CLINICIAN, Role.CLINICIAN)
    runtime.close()
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return path


@pytest.fixture
def unattended(bilum, small):
    """A version that no clinician looks after."""
    ended = bilum("programme", "add", small, "--author", PLANNER)
    assert ended.status == 0, ended.err
    return ended


@pytest.fixture
def added(bilum, unattended):
    """The version, with a clinician for anywhere and the hours in which they read the inbox."""
    done = bilum("programme", "clinicians", "tobacco", "--anywhere", CLINICIAN, "--hours", "8-16")
    assert done.status == 0, done.err
    return unattended


def decide(bilum, act, language="en", who=APPROVER, *more):
    return bilum(
        "programme", act, "tobacco", language, "--reference", "NDOH 7", "--approver", who, *more
    )


def test_add__a_file__prints_version_and_digest_and_again_the_same(bilum, small, added):
    code, _, number, digest = added.out.split()
    assert (code, number, len(digest)) == ("tobacco", "1", 64)
    assert bilum("programme", "add", small, "--author", PLANNER).out == added.out


def test_add__what_is_no_programme_or_nobodys__is_refused(bilum, small, tmp_path):
    assert bilum("programme", "add", tmp_path / "none.yaml", "--author", PLANNER).status == 2
    assert "+67570009999" not in (bilum("programme", "add", small, "--author", "+67570009999").err)
    small.write_text("code: tobacco\n")
    wrong = bilum("programme", "add", small, "--author", PLANNER)
    assert (wrong.status, "bad_programme" in wrong.err) == (2, True)


def test_add__a_keyword_of_livestock__is_refused(bilum, small):
    small.write_text(SMALL.replace("join: {en: [QUIT]", "join: {en: [REG]"))
    wrong = bilum("programme", "add", small, "--author", PLANNER)
    assert (wrong.status, "faulty_programme" in wrong.err) == (2, True)


def test_approve_and_withdraw__a_language__are_listed_with_their_receipt(bilum, added):
    done = decide(bilum, "approve")
    assert done.status == 0, done.err
    assert done.out.startswith("tobacco version 1 en approved ")
    receipt = done.out.split()[-1]
    shown = bilum("programme", "list").out
    assert receipt in shown
    assert "NDOH 7" in shown
    assert [line.count("complete") for line in shown.splitlines() if " tpi " in line] == [1]
    assert "en withdrawn" in decide(bilum, "withdraw").out
    assert "withdrawn" in bilum("programme", "list").out


@pytest.mark.parametrize(
    ("language", "who", "code"),
    [("en", PLANNER, "not_an_approver"), ("de", APPROVER, "language_not_ready")],
)
def test_approve__who_or_what_may_not__is_refused(bilum, added, language, who, code):
    ended = decide(bilum, "approve", language, who)
    assert (ended.status, code in ended.err) == (2, True)


@pytest.mark.parametrize(
    ("posted", "lacks"),
    [
        ((), "no clinician can be reached for anybody"),
        (("--in", "Enga", CLINICIAN, "--hours", "8-16"), "for people of no known province, Boug"),
        (("--anywhere", CLINICIAN), "nobody reads the inbox for anybody"),
    ],
    ids=["nobody", "one-province", "no-hours"],
)
def test_approve__what_nobody_looks_after_everywhere__is_refused_with_what_is_missing(
    bilum, unattended, posted, lacks
):
    if posted:
        assert bilum("programme", "clinicians", "tobacco", *posted).status == 0
    ended = decide(bilum, "approve")
    assert (ended.status, "nobody_on_duty" in ended.err) == (2, True)
    told = " ".join(ended.err.split())
    assert lacks in told
    assert "bilum programme clinicians tobacco --anywhere PHONE --hours 8-16" in told


def test_approve__a_version_that_is_not_there__is_refused(bilum, added):
    ended = decide(bilum, "approve", "en", APPROVER, "--version", "2")
    assert (ended.status, "unknown_programme" in ended.err) == (2, True)


def test_clinicians__of_provinces_and_anywhere__take_the_place_of_those_before(bilum, added):
    doctor, nurse = "+67570000071", "+67570000072"
    ids = [
        bilum("party", "add", "--role", "clinician", "--phone", phone).err.split()[1]
        for phone in (doctor, nurse)
    ]
    set_ = bilum(
        "programme", "clinicians", "tobacco", "--anywhere", doctor, "--in", "morobe", nurse
    )
    assert set_.status == 0, set_.err
    listed = bilum("programme", "clinicians", "tobacco").out
    assert listed == set_.out
    assert [where in listed for where in ("Morobe", "anywhere else", *ids)] == [True] * 4
    assert (doctor in listed, nurse in listed) == (False, False)
    alone = bilum("programme", "clinicians", "tobacco", "--in", "Enga", ids[0]).out
    assert [where in alone for where in ("Enga", ids[0], "Morobe", ids[1])] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("told", "says"),
    [
        pytest.param(["--anywhere", PLANNER], "not_a_clinician", id="another-role"),
        pytest.param(["--anywhere", "+67570009999"], "Nobody has this phone number", id="nobody"),
        pytest.param(["--anywhere", "x"], "country code", id="no-number"),
        pytest.param(["--in", "Atlantis", PLANNER], "Atlantis", id="no-province"),
        pytest.param(["--in", "Enga", PLANNER, "--in", "Enga", PLANNER], "one clinician", id="two"),
    ],
)
def test_clinicians__who_cannot_be__are_refused(bilum, added, told, says):
    ended = bilum("programme", "clinicians", "tobacco", *told)
    assert (ended.status, says in ended.err) == (2, True), ended.err
    assert bilum("programme", "clinicians", "nothing").status == 2


@pytest.mark.slow
def test_proof_and_audit__of_a_programme__are_asked_for_by_its_code(
    bilum, added, imported, tmp_path
):
    receipt = decide(bilum, "approve").out.split()[-1]
    path = tmp_path / "proof.json"
    waits = bilum("proof", "programme:tobacco", "-o", path)
    assert (waits.status, "nothing_recorded" in waits.err) == (2, True)
    imported("source,destination,id,t\n1,2,00001,2005-10-18\n")
    assert bilum("proof", "programme:tobacco", "-o", path).status == 0
    (record,) = json.loads(path.read_text())["records"]
    assert json.loads(record["content"])["details"]["digest"] == added.out.split()[-1]
    assert bilum("verify", path).status == 0
    alone = bilum("audit", "--tag", "programme:tobacco", "--json")
    assert (alone.status, json.loads(alone.out)["records"]) == (0, 1)
    assert bilum("audit").status == 0
    assert json.loads(bilum("audit", "--receipt", receipt, "--json").out)["receipt"] == "on chain"
    unknown = bilum("audit", "--tag", "programme:nothing")
    assert (unknown.status, "unknown_programme" in unknown.err) == (2, True)


@pytest.mark.slow
def test_recall_and_diff__of_a_version__show_both_texts_before_anybody_signs(
    bilum, added, small, tmp_path
):
    decide(bilum, "approve")
    overlay = tmp_path / "mine.yaml"
    overlay.write_text('extends: tobacco@1\nreplace:\n  tip-1: {en: "Tell a friend."}\n')
    assert bilum("programme", "add", overlay, "--author", PLANNER).status == 0
    assert decide(bilum, "approve").status == 0
    shown = bilum("programme", "diff", "tobacco@1", "tobacco@2")
    assert (shown.status, "0 added, 0 removed, 1 changed" in shown.out) == (0, True)
    moved = bilum("programme", "diff", overlay, "--onto", "tobacco@2")
    assert (moved.status, "! tip-1.en" in moved.out) == (1, True)
    told = ("tobacco", "tip-1", "--by", "2", "--language", "en", "--reason", "Why", "--asker")
    dry = bilum("programme", "recall", *told, PLANNER, "--dry-run")
    assert "version 1 now: Tell a friend today." in dry.out
    assert "version 2 instead: Tell a friend." in dry.out
    assert not [line for line in dry.out.splitlines() if line.startswith("recall ")]
    asked = bilum("programme", "recall", *told, PLANNER, "--correct").out.split()[-1]
    signed = ("--approver", APPROVER, "--reference", "NDOH 8")
    done = bilum("programme", "approve-recall", asked, *signed)
    assert "tobacco tip-1 en recalled" in done.out, done.err
    listed = bilum("programme", "recalls", "tobacco").out
    assert "in force" in listed
    assert "still" in listed
