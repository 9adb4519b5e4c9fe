from __future__ import annotations

import shutil

import pytest

from services.audit.findings import Difference
from tests.flow.deployments import embedded
from tests.support.tampering import unguarded

SHAPES = {
    "event id": "UPDATE journal SET event_id = 'x' WHERE id = 1",
    "event id a number": "UPDATE journal SET event_id = 7 WHERE id = 1",
    "event id of bytes": "UPDATE journal SET event_id = zeroblob(16) WHERE id = 1",
    "day": "UPDATE journal SET occurred_on = 'soon' WHERE id = 1",
    "time": "UPDATE journal SET recorded_at = 'later' WHERE id = 1",
    "content as text": "UPDATE journal SET content = replace(content, 'register', 'registeR')",
    "content no utf-8": "UPDATE journal SET content = CAST(x'ff00' AS TEXT) WHERE id = 1",
    "content a number": "UPDATE journal SET content = 5 WHERE id = 1",
    "content deep": "UPDATE journal SET content = replace(hex(zeroblob(50000)), '0', '[')",
    "subjects no list": """UPDATE journal SET content = CAST('{"subjects":5}' AS BLOB)""",
    "salt": "UPDATE ledger_leaf SET salt = 'salt' WHERE id = 1",
    "position": "UPDATE ledger_leaf SET position = 'first' WHERE id = 1",
    "index": "UPDATE ledger_leaf SET leaf_index = 'first' WHERE id = 1",
    "subject": "UPDATE ledger_leaf SET subject = 'pig' WHERE id = 1",
    "commitment": "UPDATE ledger_leaf SET commitment = 1.5 WHERE id = 1",
    "root": "UPDATE ledger_batch SET root = 'root'",
    "size": "UPDATE ledger_batch SET size = 'many'",
    "node": "UPDATE ledger_node SET hash = 'node'",
    "node index": "UPDATE ledger_node SET node_index = 'one' WHERE level = 1 AND node_index = 0",
}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A folder with four records on the ledger, to copy."""
    folder = tmp_path_factory.mktemp("recorded") / "data"
    with embedded(folder) as stage:
        stage.send("+67570000001", "REG 598000000000017")
        stage.send("+67570000001", "REG 598000000000025")
        assert stage.record() == 4
        assert stage.audit().clean
    return folder


@pytest.fixture
def folder(recorded, tmp_path):
    return shutil.copytree(recorded, tmp_path / "data")


@pytest.mark.parametrize("statement", SHAPES.values(), ids=SHAPES.keys())
def test_audit__value_of_a_shape_that_is_never_written__is_a_finding_and_no_crash(
    folder, statement
):
    with unguarded(folder / "bilum.db") as connection:
        assert connection.execute(statement).rowcount
    with embedded(folder) as stage:
        report = stage.audit()
        assert report.findings
        assert {finding.difference for finding in report.findings} <= {
            Difference.ALTERED,
            Difference.MISSING_IN_DATABASE,
            Difference.MISSING_ON_CHAIN,
            Difference.REORDERED,
            Difference.WRONG_NODE,
            Difference.WRONG_ROOT,
        }
