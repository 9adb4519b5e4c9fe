"""Recording: sequence, events, checkpoints and what they cost."""

from hashlib import sha256

import pytest

from tests.contracts.scene import some_leaves, some_root

NOTHING = sha256(b"").digest()


def test_size_and_root__before_any_record__are_those_of_nothing(scene):
    assert scene.ledger.size() == 0
    assert scene.ledger.root_at(0) == NOTHING


def test_record__two_batches__grows_and_keeps_every_root(scene):
    scene.record(some_leaves(3), some_root(1))
    scene.record(some_leaves(2, first=3), some_root(2))
    assert scene.ledger.size() == 5
    roots = [scene.ledger.root_at(size) for size in range(7)]
    none = bytes(32)
    assert roots == [NOTHING, none, none, some_root(1), none, some_root(2), none]


@pytest.mark.parametrize("first", [0, 1, 3, 2**64 - 1])
def test_record__first_is_not_the_size__names_expected_and_given(scene, first):
    scene.record(some_leaves(2))
    base = scene.ledger.root_at(2)
    error = scene.revert(scene.recorder, "record", first, base, some_root(1), some_leaves(1))
    assert error == ("OutOfSequence", 2, first)
    assert scene.ledger.size() == 2


@pytest.mark.parametrize("base", [bytes(32), NOTHING, some_root(7)])
def test_record__computed_on_another_history__names_expected_and_given(scene, base):
    scene.record(some_leaves(2), some_root(2))
    error = scene.revert(scene.recorder, "record", 2, base, some_root(1), some_leaves(1))
    assert error == ("OtherHistory", some_root(2), base)
    assert scene.ledger.size() == 2


def test_record__no_entries__is_refused(scene):
    assert scene.revert(scene.recorder, "record", 0, NOTHING, some_root(1), []) == ("EmptyBatch",)


def test_record__batch__emits_its_entries_in_order_then_the_checkpoint(scene):
    scene.record(some_leaves(2))
    leaves = some_leaves(40, first=2)
    logs = scene.record(leaves, some_root(9))["logs"]
    recorded, checkpoint = logs[:-1], logs[-1]
    events = scene.contract.events
    seen = [events.Recorded().process_log(log)["args"] for log in recorded]
    assert [(args["subject"], args["commitment"]) for args in seen] == leaves
    assert [log["topics"][1] for log in recorded] == [leaf.subject for leaf in leaves]
    assert events.Checkpoint().process_log(checkpoint)["args"] == {
        "first": 2,
        "size": 42,
        "root": some_root(9),
    }


def test_record__same_subject_many_times__emits_each(scene):
    logs = scene.record([some_leaves(1)[0]] * 3)["logs"]
    assert len(logs) == 4


@pytest.mark.slow
def test_record__batches_of_500__cost_at_most_2750_gas_a_record(scene, capsys):
    used = [scene.record(some_leaves(500, first))["gasUsed"] for first in (0, 500)]
    with capsys.disabled():
        print(f"\ngas a record at 500 a batch: {', '.join(f'{gas / 500:.0f}' for gas in used)}")  # noqa: T201 — the figure is to be seen
    assert max(used) / 500 <= 2_750
