"""What an auditor sees: which ledger, a receipt, records in words, and whether history holds."""

from __future__ import annotations

import html
import io
import json
import re

import pytest

from chain.canonical import receipt_code
from chain.consistency import load as load_consistency
from chain.proof import load
from chain.verification import Expected, verify_file, verify_proof
from services.audit.checkpoints import Verdict, judge, read_kept
from services.core.errors import Invalid
from services.storage.models import LedgerLeaf
from tests.services.console.outbreaks.scenes import declare, open_outbreak
from tests.services.console.visitors import Visitor
from tests.services.scene import PIG, SENT_PIG
from tests.support.tampering import unguarded

PAGES = ("", "/checkpoints", "/receipt", "/records", "/consistency", "/approvals", "/erasures")
LEDGER = [f"/console/ledger{page}" for page in (*PAGES, "/accesses")]


def newest(scene):
    return scene.auditor.get("/api/v1/ledger").json["checkpoint"]


def receipt_at(scene, index):
    with scene.world.runtime.database.read() as session:
        row = session.query(LedgerLeaf).filter(LedgerLeaf.index == index).one()
        return receipt_code(row.commitment), row.commitment.hex()


def read(page):
    """What stands on a page, without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


@pytest.mark.slow
def test_ledger__of_an_auditor__tells_which_it_is_and_what_to_keep(recorded, auditor):
    kept = newest(recorded)
    page = auditor.get("/console")
    assert page.headers["Location"] == "/console/ledger"
    page = read(auditor.get("/console/ledger"))
    assert f"{kept['size']}:{kept['root']}" in page
    identity = recorded.auditor.get("/api/v1/ledger").json["ledger"]
    assert all(str(value) in page for value in identity.values())
    assert "The chain answers" in page
    assert "file on the operator's own machine" in page
    listed = recorded.auditor.get("/api/v1/ledger/checkpoints").json["items"]
    assert listed[0]["size"] == kept["size"]
    assert listed[0]["final"]
    assert "/verify/" in auditor.page.text


@pytest.mark.slow
def test_pages__by_role__are_for_auditors_and_administrators(recorded):
    for name, status in (("auditor", 200), ("administrator", 200), ("officer", 403)):
        visitor = Visitor(recorded.world).take_session_of(name)
        assert {visitor.get(path).status_code for path in LEDGER} == {status}, name
    inspector = Visitor(recorded.world).take_session_of("inspector")
    own = f"/records/{recorded.keeper.party}/proof"
    files = ("/receipt/proof?code=x", "/records/proof", own)
    for path in (*files, "/consistency/file?old=1"):
        assert inspector.get(f"/console/ledger{path}").status_code == 403


def test_receipt__typed_in_any_way__says_what_it_is_and_gives_a_proof_that_verifies(
    recorded, auditor
):
    code, digest = receipt_at(recorded, 3)
    for typed in (code, code.lower().replace("-", " "), digest, f"0x{digest.upper()}"):
        page = read(auditor.get(f"/console/ledger/receipt?code={typed}"))
        assert f"{code}: On the ledger: record 3 of" in page, typed
    saved = auditor.get(f"/console/ledger/receipt/proof?code={code}")
    assert saved.headers["Content-Disposition"] == f"attachment; filename=proof-{code}.json"
    kept = newest(recorded)
    expected = Expected(root=bytes.fromhex(kept["root"]), size=kept["size"])
    proof = verify_proof(saved.text, expected)
    assert [one.index for one in proof.records] == [3]
    assert recorded.auditor.get(f"/api/v1/receipts/{code}/proof").text == saved.text
    told = recorded.keeper.get(f"/api/v1/receipts/{code}").json
    assert told == {"receipt": code, "state": "on chain", "index": 3, "size": kept["size"]}
    assert recorded.keeper.get(f"/api/v1/receipts/{code}/proof").status_code == 403


def test_receipt__omitted_waiting_or_mistyped__says_so(recorded, auditor):
    page = read(auditor.get("/console/ledger/receipt?code=7KQ2-M9XA-P4TD-WZ3C"))
    assert "Not here: no record has this receipt" in page
    assert "bilum audit --receipt 7KQ2-M9XA-P4TD-WZ3C" in page
    wrong = auditor.get("/console/ledger/receipt?code=%3Cb%3E7KQ2")
    assert wrong.status_code == 422
    assert 'value="&lt;b&gt;7KQ2"' in wrong.text
    made = recorded.keeper.report("weight", PIG, details={"kilograms": 30})
    code = made.json["events"][0]["receipt"]
    assert "Not on the ledger yet" in read(auditor.get(f"/console/ledger/receipt?code={code}"))
    waits = auditor.get(f"/console/ledger/receipt/proof?code={code}")
    assert waits.status_code == 409
    assert recorded.auditor.get("/api/v1/receipts/7KQ2").status_code == 422


@pytest.mark.parametrize("content", [b"\xff no JSON", b"[]", b'{"type": "register"}'])
def test_records__one_was_changed_in_the_database__says_so_and_tells_the_others(
    recorded, auditor, content
):
    with unguarded(recorded.world.runtime.database.engine.url.database) as connection:
        connection.execute("UPDATE journal SET content = ? WHERE type = 'depart'", [content])
    page = auditor.get("/console/ledger/records")
    assert page.status_code == 200
    assert "Somebody changed this record" in read(page)
    assert f"Registered {PIG}; at place {recorded.places['keeper']}" in read(page)
    assert f"Left {SENT_PIG}" not in read(page)


def test_records__in_words__newest_first_by_day_animal_and_kind_without_names(recorded, auditor):
    page = read(auditor.get("/console/ledger/records"))
    place = recorded.places["keeper"]
    left = f"Left {SENT_PIG}; from place {place} to place {recorded.places['abattoir']}"
    assert left in page
    assert f"Registered {PIG}; at place {place}" in page[page.index(left) :]
    mine = read(auditor.get(f"/console/ledger/records?about={PIG}"))
    assert f"Registered {PIG}; at place {place}" in mine
    assert SENT_PIG not in mine
    assert "Place of keeper" not in page + mine
    people = read(auditor.get("/console/ledger/records?kind=party"))
    assert "veterinary officer; phones: 1" in people
    assert left not in people
    assert left in read(auditor.get("/console/ledger/records?day=2026-11-25&kind=depart"))
    assert "There are no such records" in read(
        auditor.get("/console/ledger/records?day=2020-01-01")
    )
    event = recorded.auditor.get(f"/api/v1/events?animal={PIG}").json["items"][0]["id"]
    saved = auditor.get(f"/console/ledger/records/{event}/proof")
    assert len(load(saved.text).records) == 2
    more = auditor.get("/console/ledger/records").text.split('rel="next" href="')[1].split('"')[0]
    assert auditor.get(html.unescape(more)).status_code == 200


def test_proof_of_a_page__of_chosen_records__is_one_file_that_verifies(recorded, auditor):
    page = read(auditor.get(f"/console/ledger/records?kind=register&about={PIG}"))
    # One record has a proof of its own.
    assert "Save one proof of all" not in page
    assert "python -m chain verify proof-….json --node https://… --contract 0x…" in page
    page = auditor.get("/console/ledger/records?kind=register").text
    assert "Save one proof of all 3 on this page" in page
    at = html.unescape(page.split('href="/console/ledger/records/proof')[1].split('"')[0])
    saved = auditor.get(f"/console/ledger/records/proof{at}")
    kept = newest(recorded)
    told = Expected(root=bytes.fromhex(kept["root"]), size=kept["size"])
    assert len(verify_proof(saved.text, told).records) == 6
    assert "Save one proof of all" in auditor.get("/console/ledger/records").text
    for query, status in (("day=2020-01-01", 303), ("day=x", 422), ("cursor=x", 422)):
        assert auditor.get(f"/console/ledger/records/proof?{query}").status_code == status
    recorded.keeper.report("weight", PIG, details={"kilograms": 30})
    # What waits has no proof yet.
    assert "chain verify" not in read(auditor.get("/console/ledger/records?kind=weight"))


def test_records__of_an_order_and_an_outbreak__tell_which(recorded, auditor):
    outbreak = open_outbreak(recorded)
    order = declare(recorded, outbreak)
    for kind, number in (("outbreak", outbreak), ("order", order)):
        assert f"{number}; " in read(auditor.get(f"/console/ledger/records?kind={kind}"))


@pytest.mark.parametrize(
    "query", ["about=598000000009999", "day=yesterday", "about=%27--", "cursor=x"]
)
def test_records__of_what_is_not_there__keeps_what_was_typed(recorded, auditor, query):
    found = auditor.get(f"/console/ledger/records?{query}")
    assert found.status_code == 422
    name, _, typed = query.partition("=")
    assert name == "cursor" or f'value="{html.escape(typed).replace("%27", "&#39;")}"' in found.text


def test_consistency__of_a_kept_checkpoint__gives_verdict_and_file_that_verifies(recorded, auditor):
    kept = newest(recorded)
    text = f"{kept['size']}:{kept['root']}"
    recorded.keeper.report("weight", PIG, details={"kilograms": 30})
    auditor.get("/console/ledger/consistency")
    page = auditor.submit("/console/ledger/consistency", kept=text)
    assert "The ledger goes on from your checkpoint" in read(page)
    assert f"bilum audit --since {text}" in read(page)
    assert f"--older-size {kept['size']} --older-root {kept['root']}" in read(page)
    saved = auditor.get(f"/console/ledger/consistency/file?old={kept['size']}")
    assert load_consistency(saved.text).older.root.hex() == kept["root"]
    expected = Expected(root=bytes.fromhex(kept["root"]), size=kept["size"])
    assert verify_file(saved.text, expected).newer.size == kept["size"]
    auditor.get("/console/ledger/consistency")
    forged = auditor.submit("/console/ledger/consistency", kept=f"{kept['size']}:{'ab' * 32}")
    assert "HISTORY WAS REWRITTEN" in read(forged)
    fields = auditor.fields("/console/ledger/consistency") | {"kept": ""}
    fields["file"] = (io.BytesIO(saved.data), "kept.json")
    chosen = auditor.client.post(
        "/console/ledger/consistency", data=fields, content_type="multipart/form-data"
    )
    assert "The ledger goes on from your checkpoint" in read(chosen)
    auditor.get("/console/ledger/consistency")
    wrong = auditor.submit("/console/ledger/consistency", kept="<b>12")
    assert wrong.status_code == 422
    assert "&lt;b&gt;12" in wrong.text
    for old in ("0", "x", "9" * 30, "1e3"):
        assert auditor.get(f"/console/ledger/consistency/file?old={old}").status_code == 422


def test_judge__each_kind_of_checkpoint__has_its_verdict(recorded):
    kept = newest(recorded)
    size, root = kept["size"], kept["root"]
    report = json.dumps({"clean": True, "checkpoint": f"{size}:{root}"}, indent=2)
    for text, verdict in (
        (f"{size}:{root}", Verdict.CONTINUES),
        (f" {size}:0x{root.upper()}\n", Verdict.CONTINUES),
        (f"The record book (ledger) has {size} records. Root: {root}", Verdict.CONTINUES),
        (json.dumps({"checkpoint": kept}, indent=2), Verdict.CONTINUES),
        (report, Verdict.CONTINUES),
        (f"{size}", Verdict.NO_ROOT),
        (f"{size}:{'0' * 64}", Verdict.REWRITTEN),
        (f"{size + 1}:{root}", Verdict.REWRITTEN),
        (f"1:{root}", Verdict.UNKNOWN),
    ):
        with recorded.world.runtime.database.read() as session:
            assert judge(session, read_kept(text)).verdict is verdict, text
    for text in ("", "0", "0:" + root, "-1", f"{size}:{root[:-1]}", root, "1" * 5000):
        with pytest.raises(Invalid):
            read_kept(text)


def test_histories__each__tell_what_there_is(recorded, auditor):
    assert "There are no such records" in read(auditor.get("/console/ledger/erasures"))
    assert "There are no such records" in read(auditor.get("/console/ledger/approvals"))
    officer = Visitor(recorded.world).take_session_of("officer")
    officer.get("/console/search")
    officer.submit("/console/search", q="70000001")
    page = read(auditor.get("/console/ledger/accesses"))
    assert "POST /console/search" in page
    assert recorded.keeper.party in page
    assert "70000001" not in page
    for query, status in ((f"subject={recorded.keeper.party}", True), ("reader=%3Cb%3E", False)):
        found = auditor.get(f"/console/ledger/accesses?{query}")
        assert found.status_code == 200
        assert ("POST /console/search" in read(found)) is status
    assert "&lt;b&gt;" in auditor.page.text
    listed = recorded.auditor.get(f"/api/v1/accesses?subject={recorded.keeper.party}&limit=1").json
    assert listed["items"][0]["what"] == "POST /console/search"
    gone = "/api/v1/accesses?reader=00000000-0000-4000-8000-000000000001"
    assert recorded.auditor.get(gone).status_code == 404


def test_verify__by_anybody__is_the_page_under_its_own_policy(world):
    client = world.app.test_client()
    assert client.get("/verify").headers["Location"].endswith("/verify/")
    page = client.get("/verify/")
    assert page.status_code == 200
    policy = page.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert page.headers["Cache-Control"] == "no-store"
    for name in re.findall(r'src="([\w.]+)"', page.text):
        assert client.get(f"/verify/{name}").headers["Content-Type"].startswith("text/javascript")
    assert client.get("/verify/nothing.js").status_code == 404
    assert client.get("/verify/..%2Fproofs.py").status_code == 404
