from __future__ import annotations


def test_celery__no_broker__tells_what_to_set(bilum):
    ended = bilum("celery")
    assert ended.status == 3
    assert "BILUM_BROKER_URL" in ended.err
