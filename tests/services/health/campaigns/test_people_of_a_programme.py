"""A broadcast to the people of a programme obeys what they told that programme."""

from __future__ import annotations

from tests.services.health.campaigns.test_running import states
from tests.services.health.scene import Course

IN_TOBACCO = {"audience": {"programme": "tobacco"}}
COMPLETED = {"audience": {"programme": "tobacco", "states": ["completed"]}}
REVEALING = {"en": "Stop smoking tobacco today, {name}."}


def test_draft__people_of_a_programme__is_a_message_of_that_programme(clinic):
    key = clinic.subscribe(clinic.add(), number="+67570199999")
    campaign = clinic.approved(**IN_TOBACCO)
    assert clinic.campaign(campaign).programme == "tobacco"
    clinic.run()
    (message,) = clinic.messages()
    assert (message.kind, message.scope) == ("programme", "tobacco")
    assert (message.subscription_id, message.recipient) == (key, "+67570199999")


def test_dry_run__people_of_a_programme__who_left_hide_or_never_agreed_are_left_out(clinic):
    left, hidden, silent, free = clinic.crowd(4)
    clinic.subscribe(left, state="completed")
    clinic.refuse(left, "tobacco")
    clinic.subscribe(hidden, state="completed", discreet=True)
    clinic.subscribe(free, state="completed")
    clinic.subscribe(silent, number_index=b"never agreed")
    audience = {"programme": "tobacco", "states": ["completed", "active"]}
    found = clinic.dry_run(clinic.draft(audience=audience, texts=REVEALING))
    assert (found.left_out, found.total.people) == (
        {"opted_out": 1, "discreet": 1, "no_consent": 1},
        1,
    )


def test_run__who_stops_after_the_approval__gets_nothing(clinic):
    first, second = clinic.crowd(2)
    for one in (first, second):
        clinic.subscribe(one, state="completed")
    clinic.approved(**COMPLETED)
    clinic.refuse(first, "tobacco")
    assert clinic.run() == 1


def test_run__who_completed_and_is_in_it_again__is_no_longer_one_who_completed(clinic):
    back, done = clinic.crowd(2)
    clinic.subscribe(back, state="completed")
    clinic.subscribe(back, discreet=True)
    clinic.subscribe(done, state="completed")
    clinic.subscribe(done, state="lost", never_asked=True)
    found = clinic.dry_run(clinic.draft(**COMPLETED, texts=REVEALING))
    assert (found.total.people, found.left_out) == (1, {})


def test_stop__by_sms_after_it_was_queued__closes_it(clinic):
    clinic.subscribe(clinic.add(), state="completed")
    clinic.approved(**COMPLETED)
    clinic.run()
    (message,) = clinic.messages()
    Course(clinic.database, clinic.now, message.recipient).say("STOP")
    assert ("suppressed", "stopped") in states(clinic)
