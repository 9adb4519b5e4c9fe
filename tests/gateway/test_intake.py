from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gateway.envelope import Answer, Envelope
from gateway.errors import KeyConflict
from gateway.intake import receive
from tests.fakes.intake import MemoryIntake, MemoryUnit

ENVELOPE = Envelope(
    channel="twilio-sms",
    key="SM1",
    sender="+67570000001",
    text="DAI 104276",
    received_at=datetime(2026, 11, 25, tzinfo=UTC),
)


def handle(unit: MemoryUnit, envelope: Envelope) -> Answer:
    unit.effects.append(envelope.text)
    return Answer("death", f"answer {len(unit.effects)}")


def test_receive__new_key__acts_and_keeps_the_answer():
    intake = MemoryIntake()
    answer = receive(ENVELOPE, intake, handle)
    assert answer == Answer("death", "answer 1")
    assert intake.effects == ["DAI 104276"]
    assert intake.receipts[ENVELOPE.key_digest][1] == answer


def test_receive__same_key_and_content__gives_the_first_answer_without_effect():
    intake = MemoryIntake()
    first = receive(ENVELOPE, intake, handle)
    later = replace(ENVELOPE, received_at=datetime(2027, 1, 1, tzinfo=UTC))
    assert receive(later, intake, lambda *_: Answer("other")) == first
    assert intake.effects == ["DAI 104276"]
    assert intake.conflicts == []


@pytest.mark.parametrize(
    "changed", [{"text": "DAI 20468"}, {"sender": "+67570000002"}, {"claimed_at": "10:00"}]
)
def test_receive__same_key_other_content__keeps_it_and_refuses(changed):
    intake = MemoryIntake()
    first = receive(ENVELOPE, intake, handle)
    other = replace(ENVELOPE, **changed)
    with pytest.raises(KeyConflict) as caught:
        receive(other, intake, handle)
    assert intake.conflicts == [other]
    assert intake.effects == ["DAI 104276"]
    assert intake.receipts[ENVELOPE.key_digest][1] == first
    assert not caught.value.retryable


def test_receive__same_key_on_another_channel__is_another_message():
    intake = MemoryIntake()
    receive(ENVELOPE, intake, handle)
    receive(replace(ENVELOPE, channel="kannel"), intake, handle)
    assert len(intake.effects) == 2


def test_receive__handler_fails__nothing_is_kept_and_the_next_try_acts():
    intake = MemoryIntake()

    def fail(unit: MemoryUnit, envelope: Envelope) -> Answer:
        unit.effects.append("half")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        receive(ENVELOPE, intake, fail)
    assert (intake.receipts, intake.effects) == ({}, [])
    receive(ENVELOPE, intake, handle)
    assert intake.effects == ["DAI 104276"]


def test_envelope__repr__shows_neither_sender_nor_text():
    assert "675" not in repr(ENVELOPE)
    assert "DAI" not in repr(ENVELOPE)
