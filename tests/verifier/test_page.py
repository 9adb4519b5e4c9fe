"""The page as an auditor uses it: files that the real program made, a real node, a real mouse."""

from __future__ import annotations

import base64
import functools
import io
import json
import re
import threading
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from chain.__main__ import main
from chain.connection import connect
from chain.consistency import dump as dump_consistency
from chain.proof import dump, load
from chain.settings import ChainSettings
from services.audit.proofs import prove_consistency
from services.cli.demo_stage import Stage
from services.core.look import tokens
from services.maintenance.deployment import deploy_ledger
from tests.anvil import running_anvil
from tests.factories import official
from tests.flow.deployments import PASSWORD, make_keystore, on_node
from tests.support.paths import ROOT
from tests.support.ports import free_port
from tests.verifier.conftest import PAGE
from tests.verifier.forged import relogged
from tests.verifier.second import told

FOLDER = ROOT / "docs" / "verifier"
MARIA = "+67570000001"
PIG = official(1)

pytestmark = [pytest.mark.browser, pytest.mark.sockets, pytest.mark.anvil]


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """A program on a node, its two checkpoints, and a file of each kind."""
    folder = tmp_path_factory.mktemp("office")
    keystore = make_keystore(folder)
    with running_anvil() as url:
        chain = ChainSettings(
            url=url, embedded=folder / "unused", keystore=keystore, keystore_password=PASSWORD
        )
        address, _ = deploy_ledger(chain, (None, None), folder / "address")
        stage = Stage(folder / "data", io.StringIO(), on_node(url, address, keystore))
        stage.send(MARIA, "PLACE Kudjip, Jiwaka")
        stage.send(MARIA, f"REG {PIG}")
        older = stage.record()
        stage.send(MARIA, f"REG {official(2)}")
        stage.record()
        proof, consistency = folder / "proof.json", folder / "consistency.json"
        stage.prove(PIG, proof)
        with stage.runtime.database.read() as session:
            made = prove_consistency(session, older)
        consistency.write_text(dump_consistency(made))
        known = stage.newest_checkpoint()
        with connect(stage.runtime.settings.chain, write=False) as reader:
            known = replace(known, older_root=reader.ledger.root_at(older), older_size=older)
        yield SimpleNamespace(url=url, proof=proof, consistency=consistency, known=known)
        stage.runtime.close()


@pytest.fixture
def desk(page):
    """The page, opened from a disk, as wide as a phone."""
    page.resize(390, 844)
    page.open(PAGE)
    return page


def shown(page, file):
    """Choose a file; return the verdict as soon as it is there."""
    before = page.evaluate("document.getElementById('name').textContent")
    page.choose("#file", file)
    page.wait_for(f"document.getElementById('name').textContent !== {json.dumps(before)}")
    return settled(page)


def settled(page):
    page.wait_for("!!document.querySelector('#report:not([hidden]):not([aria-busy]) h2')")
    return page.text("#verdict h2")


def compare(page, **typed):
    """Type what is known, press the button; return the verdict."""
    page.evaluate("document.querySelector('details').open = true")
    for name, text in typed.items():
        page.evaluate(f"document.getElementById({json.dumps(name)}).value = ''")
        page.click(f"#{name}")
        page.type(str(text))
    page.click("#known button")
    return settled(page)


def states(page):
    each = "(one) => [one.dataset.step, one.className]"
    return dict(page.evaluate(f"Array.from(document.querySelectorAll('#steps li'), {each})"))


def first(file, *arguments):
    """The first verifier's exit status."""
    return main(["verify", str(file), *arguments])


def test_proof__nothing_else_is_known__says_what_was_not_verified(desk, office):
    assert shown(desk, office.proof) == "Agrees with itself, compared with nothing"
    assert list(states(desk).values()) == ["good"] * 6 + ["unsure"] * 2
    told_open = desk.text("#open")
    for value in (office.known.root.hex(), office.known.genesis.hex(), office.known.contract):
        assert value in told_open
    assert "Entry" in desk.text("#listed h3")
    assert PIG in desk.text("#listed")
    assert "register" in desk.text("#listed")


def test_proof__dropped_on_the_page__is_verified(desk, office):
    desk.drop("#drop", office.proof)
    assert settled(desk) == "Agrees with itself, compared with nothing"


def test_proof__compared_with_the_node__leaves_the_contract_open_until_it_is_typed(desk, office):
    shown(desk, office.proof)
    assert compare(desk, node=office.url) == "True, if the contract is the operator's"
    assert desk.evaluate("document.querySelectorAll('#open li').length") == 1
    assert compare(desk, contract=office.known.contract.lower()) == "True"
    assert set(states(desk).values()) == {"good"}
    assert desk.evaluate("document.getElementById('unchecked').hidden")
    assert first(office.proof, "--node", office.url) == 2
    assert first(office.proof, "--node", office.url, "--contract", office.known.contract) == 0


def test_proof__compared_with_values_typed__is_true(desk, office):
    shown(desk, office.proof)
    typed = told(office.known)
    del typed["older_root"], typed["older_size"]
    typed["genesis"] = "0x" + typed["genesis"].upper()
    assert compare(desk, **typed) == "True"
    assert compare(desk, root="0" * 64) == "False: step 7 failed"
    assert "expected is" in desk.text("#verdict")


def test_proof__a_value_that_no_ledger_has__is_not_compared(desk, office):
    shown(desk, office.proof)
    compare(desk, root="12")
    desk.evaluate("document.querySelector('details').open = false")
    desk.click("#known button")
    desk.wait_for("document.querySelector('details').open")
    assert desk.evaluate("document.querySelector('#root').matches(':invalid')")
    assert settled(desk) == "Agrees with itself, compared with nothing"


def test_proof__tampered_with__fails_and_hides_its_records(desk, office, tmp_path):
    forged = tmp_path / "forged.json"
    forged.write_text(office.proof.read_text().replace("register", "slaughter"))
    assert shown(desk, forged) == "False: step 6 failed"
    assert list(states(desk).values()) == ["good"] * 5 + ["bad"] + ["skipped"] * 2
    assert "inclusion" in desk.text("#verdict")
    assert desk.evaluate("document.getElementById('records').hidden")
    assert first(forged) == 1


def test_proof__what_is_none__says_so(desk, tmp_path):
    file = tmp_path / "letter.txt"
    file.write_bytes(b"Dear auditor, \xff")
    assert shown(desk, file) == "Not a proof: step 1 failed"
    assert desk.evaluate("document.getElementById('known').hidden")


def test_node__without_the_contract__fails_the_step_of_the_ledger_in_both(desk, office, capsys):
    with running_anvil() as elsewhere:
        shown(desk, office.proof)
        assert compare(desk, node=elsewhere) == "False: step 8 failed"
        assert first(office.proof, "--node", elsewhere) == 1
        assert "step 8 failed" in capsys.readouterr().out


def test_node__a_size_where_no_batch_ended__fails_the_step_of_the_checkpoint_in_both(
    desk, office, tmp_path, capsys
):
    own = load(relogged(load(office.proof.read_text()).records[0].content.decode()))
    file = tmp_path / "own.json"
    file.write_text(dump(replace(own, ledger=load(office.proof.read_text()).ledger)))
    shown(desk, file)
    assert compare(desk, node=office.url) == "False: step 7 failed"
    assert "no checkpoint over 1 entries" in desk.text("#verdict")
    assert first(file, "--node", office.url) == 1
    assert "step 7 failed: The ledger has no checkpoint" in capsys.readouterr().out


def test_node__it_disagrees_with_what_was_typed__trusts_neither(desk, office):
    shown(desk, office.proof)
    assert compare(desk, node=office.url, root="0" * 64) == "False: step 7 failed"
    assert "Two sources disagree about the root" in desk.text("#verdict")
    assert first(office.proof, "--node", office.url, "--root", "0" * 64) == 1


def test_node__that_does_not_answer__fails_no_step_and_says_so(desk, office, capsys):
    nobody = f"http://127.0.0.1:{free_port()}"
    shown(desk, office.proof)
    assert compare(desk, node=nobody) == "Compared with nothing"
    assert "does not answer" in desk.text("#verdict")
    assert list(states(desk).values()) == ["good"] * 6 + ["unsure"] * 2
    assert desk.evaluate("document.querySelectorAll('#open li').length") == 5
    assert first(office.proof, "--node", nobody) == 2


def test_consistency__compared_with_the_node_and_the_root_kept__is_true(desk, office):
    assert shown(desk, office.consistency) == "Agrees with itself, compared with nothing"
    assert desk.evaluate("document.getElementById('records').hidden")
    known = office.known
    kept = {"older_root": known.older_root.hex(), "older_size": known.older_size}
    assert compare(desk, node=office.url, contract=known.contract, **kept) == "True"
    assert f"The first {known.older_size} of {known.size} entries" in desk.text("#verdict")
    assert compare(desk, older_root="0" * 64) == "False: step 5 failed"
    given = [f"--older-root={'0' * 64}", f"--older-size={known.older_size}"]
    assert first(office.consistency, "--node", office.url, *given) == 1


def test_records__that_carry_markup__are_text(desk, tmp_path):
    evil = '<img src=x onerror="document.title=1">'
    member = json.dumps(evil)
    subject = f'{{"kind":"animal","link":{member},"scheme":"iso11784","value":"598000000000001"}}'
    file = tmp_path / "evil.json"
    content = f'{{"__proto__":{member},"a":{{{member}:[{member},{{}},[]]}},"subjects":[{subject}]}}'
    file.write_text(relogged(content))
    assert shown(desk, file) == "Agrees with itself, compared with nothing"
    assert evil in desk.text("#listed")
    assert desk.evaluate("document.querySelectorAll('img').length") == 0


def test_page__on_a_phone_and_on_a_desk__fits(desk, office):
    shown(desk, office.proof)
    for width in (320, 390, 1200):
        desk.resize(width, 844)
        assert desk.evaluate("document.documentElement.scrollWidth") <= width


def test_page__from_a_static_server__works_as_from_a_disk(page, office):
    with static_server() as url:
        page.open(f"{url}/index.html")
        assert shown(page, office.proof) == "Agrees with itself, compared with nothing"
        assert compare(page, node=office.url) == "True, if the contract is the operator's"


def test_page__its_policy__lets_nothing_in_but_its_own_scripts_and_style():
    text = (FOLDER / "index.html").read_text(encoding="utf-8")
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    # The file is whole in itself, and has the look of every page.
    assert style.startswith(f"\n{tokens()}")
    coded = base64.b64encode(sha256(style.encode()).digest()).decode()
    policy = re.search(r'Policy" content="([^"]+)"', text)[1]
    assert policy.split("; ") == [
        "default-src 'none'",
        "script-src 'self'",
        f"style-src 'sha256-{coded}'",
        "connect-src http: https:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    assert re.findall(r"<script[^>]*>", text) == [
        '<script src="verifier.js" defer>',
        '<script src="page.js" defer>',
    ]
    assert not re.search(r"""\s(?:on\w+|style)=|(?:src|href)=["']?(?:https?:)?//""", text)


@contextmanager
def static_server():
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Quiet, directory=str(FOLDER))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
