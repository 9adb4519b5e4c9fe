import subprocess
import sys
from dataclasses import replace

import pytest

from chain.__main__ import main
from chain.errors import NoContract, NodeUnreachable
from chain.proof import dump
from chain.verification import Expected
from tests.chain.nodes import FakeLedger
from tests.chain.proofs import OTHER_CONTRACT, expected_of, make_proof

_PROOF = make_proof()
_ROOT = _PROOF.checkpoint.root.hex()
_GENESIS = "0x" + _PROOF.ledger.genesis.hex()
_ALL = [
    f"--root={_ROOT}",
    f"--size={_PROOF.checkpoint.size}",
    f"--chain-id={_PROOF.ledger.chain_id}",
    f"--genesis={_GENESIS}",
    f"--contract={_PROOF.ledger.contract}",
]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "proof.json"
    path.write_text(dump(_PROOF), encoding="utf-8")
    return path


def test_verify__all_is_given_and_right__prints_a_line_a_step(file, capsys):
    assert main(["verify", str(file), *_ALL]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:8]] == list("12345678")
    assert all(line.endswith("... ok") for line in lines[:8])
    assert lines[8:] == [
        "record 0: animal 598000000000001, birth, no day",
        "record 3: premises (its number is not disclosed), arrive, no day",
        "record 6: premises (its number is not disclosed), check, no day",
        "Records can be left out of a file: --node compares it with the chain's own list.",
        "3 record(s) proven against a checkpoint over 7",
    ]


def test_verify__nothing_is_given__tells_what_was_not_checked_and_how_to(file, capsys):
    assert main(["verify", str(file)]) == 2
    out = capsys.readouterr().out
    assert "7 root is the ledger's ... NOT CHECKED" in out
    assert "8 chain id, genesis, contract ... NOT CHECKED" in out
    assert f"root {_ROOT}: compare this root with the ledger's: --root or --node" in out
    for advice in ("--size", "--chain-id", "--genesis", "--contract"):
        assert advice in out
    assert out.splitlines()[-1].startswith("NOT PROVEN: ")
    assert "root, size, contract" in out
    assert "record(s) proven" not in out


@pytest.mark.parametrize(("left_out", "status"), [(0, 2), (1, 2), (2, 0), (3, 0), (4, 2)])
def test_verify__one_value_is_not_given__says_so(file, capsys, left_out, status):
    given = [option for place, option in enumerate(_ALL) if place != left_out]
    assert main(["verify", str(file), *given]) == status
    out = capsys.readouterr().out
    assert out.count("not checked: ") == 1
    assert out.count("ok in part") == 1
    assert ("if the values above are the ledger's" in out) == (status == 0)
    assert ("NOT PROVEN" in out) == (status == 2)


@pytest.mark.parametrize(
    ("option", "step"),
    [
        ("--root=" + "0" * 64, 7),
        ("--size=8", 7),
        ("--chain-id=1", 8),
        ("--genesis=0x" + "0" * 64, 8),
        (f"--contract={OTHER_CONTRACT}", 8),
    ],
)
def test_verify__another_value_than_given__names_the_step(file, capsys, option, step):
    assert main(["verify", str(file), option]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == step
    assert lines[-1].startswith(f"step {step} failed: ")


def test_verify__a_file_altered__stops_at_its_step(file, capsys):
    file.write_text(file.read_text().replace("birth", "death"))
    assert main(["verify", str(file), *_ALL]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line[0] for line in lines[:5]] == list("12345")
    assert lines[5].startswith("step 6 failed: Record 0: ")


@pytest.mark.parametrize("raw", [b"", b"{}", b"\xff\xfe", b"hello"])
def test_verify__a_file_that_is_no_proof__fails_at_step_1(file, capsys, raw):
    file.write_bytes(raw)
    assert main(["verify", str(file)]) == 1
    assert capsys.readouterr().out.startswith("step 1 failed: ")


def test_verify__a_file_that_is_not_there__is_status_2(tmp_path, capsys):
    assert main(["verify", str(tmp_path / "none.json")]) == 2
    assert main(["verify", str(tmp_path)]) == 2
    captured = capsys.readouterr()
    assert "cannot read the file" in captured.err
    assert captured.out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["prove"],
        ["verify"],
        ["verify", "f", "--root=12"],
        ["verify", "f", "--root=" + "g" * 64],
        ["verify", "f", "--size=-1"],
        ["verify", "f", "--chain-id=one"],
        ["verify", "f", "--genesis=0x"],
        ["verify", "f", "--contract=me"],
        ["verify", "f", "--colour"],
        ["verify", "f", "--tag="],
        ["verify", "f", "--tag=1\x1b[2J"],
    ],
)
def test_verify__wrong_usage__is_status_2(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_main__expectations_of_the_caller__are_checked(file, capsys):
    assert main(["verify", str(file)], expected=expected_of(_PROOF)) == 0
    assert "not checked" not in capsys.readouterr().out
    assert main(["verify", str(file)], expected=Expected(chain_id=1)) == 1
    assert "step 8 failed" in capsys.readouterr().out


def test_main__caller_and_argument_disagree__trusts_neither(file, capsys):
    assert main(["verify", str(file), f"--root={_ROOT}"], expected=Expected(root=bytes(32))) == 1
    assert "step 7 failed: Two sources disagree about the root." in capsys.readouterr().out


def test_main__the_contract_in_other_letters__is_no_disagreement(file):
    known = Expected(contract=_PROOF.ledger.contract.lower())
    assert main(["verify", str(file), _ALL[4], *_ALL[:2]], expected=known) == 0


def test_node__right__leaves_only_the_contract_to_compare(file, node, capsys):
    assert main(["verify", str(file), "--node=http://node"]) == 2
    assert node.opened == [("http://node", _PROOF.ledger.contract)] * 2
    out = capsys.readouterr().out
    assert "7 root is the ledger's ... ok\n" in out
    assert out.count("not checked: ") == 1
    assert f"not checked: contract {_PROOF.ledger.contract}" in out
    assert "node" not in out.replace("--node", "")
    assert main(["verify", str(file), "--node=http://node", _ALL[4]]) == 0


@pytest.mark.parametrize(
    ("ledger", "step"),
    [
        ((_PROOF.ledger, {7: b"\1" * 32}), 7),
        ((_PROOF.ledger, {8: _PROOF.checkpoint.root}), 7),
        ((replace(_PROOF.ledger, chain_id=5), {7: _PROOF.checkpoint.root}), 8),
        ((replace(_PROOF.ledger, genesis=bytes(32)), {7: _PROOF.checkpoint.root}), 8),
    ],
)
def test_node__another_ledger__names_the_step(file, node, capsys, ledger, step):
    node.ledger = FakeLedger(*ledger)
    assert main(["verify", str(file), "--node=http://node"]) == 1
    assert f"step {step} failed" in capsys.readouterr().out


def test_node__no_checkpoint_of_that_size__says_so(file, node, capsys):
    node.ledger = FakeLedger(_PROOF.ledger, {})
    assert main(["verify", str(file), "--node=http://node"]) == 1
    assert "step 7 failed: The ledger has no checkpoint over 7 records." in capsys.readouterr().out


def test_node__no_contract_at_the_address__fails_at_step_8(file, node, capsys):
    class _Empty(FakeLedger):
        def identity(self):
            raise NoContract("Chain 1 has no contract there.")

    node.ledger = _Empty(_PROOF.ledger, {})
    assert main(["verify", str(file), "--node=http://node"]) == 1
    assert "step 8 failed: Chain 1 has no contract there." in capsys.readouterr().out


def test_node__it_contradicts_the_root_given__trusts_neither(file, node, capsys):
    node.ledger = FakeLedger(_PROOF.ledger, {7: b"\1" * 32})
    assert main(["verify", str(file), "--node=http://node", f"--root={_ROOT}"]) == 1
    assert "Two sources disagree" in capsys.readouterr().out


def test_node__out_of_reach__is_status_2_after_the_steps_that_need_none(file, node, capsys):
    class _Silent(FakeLedger):
        def identity(self):
            raise NodeUnreachable("No answer from the node.")

    node.ledger = _Silent(_PROOF.ledger, {})
    assert main(["verify", str(file), "--node=http://node"]) == 2
    captured = capsys.readouterr()
    assert captured.out.splitlines()[-1].startswith("6 ")
    assert "No answer from the node." in captured.err


def test_python_m_chain__without_a_node__loads_no_chain_library_and_no_services(file):
    program = (
        "import runpy, sys\n"
        "try:\n"
        "    runpy.run_module('chain', run_name='__main__')\n"
        "except SystemExit as stop:\n"
        "    tops = {name.split('.')[0] for name in sys.modules}\n"
        "    banned = {'web3', 'eth', 'eth_tester', 'eth_account', 'services', 'sms', 'gateway',\n"
        "              'sqlalchemy', 'flask', 'requests'}\n"
        "    print('code', stop.code, 'loaded', sorted(tops & banned))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, "verify", str(file), *_ALL],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stderr == ""
    assert ran.stdout.splitlines()[-1] == "code 0 loaded []"
