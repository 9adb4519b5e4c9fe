from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.health.campaigns.figures import Share
from services.health.campaigns.model import CampaignKind
from services.storage.models import Message
from sms.consent import EVERYTHING, REACHABLE
from sms.routing import Route
from tests.services.health.campaigns.town import MINUTE, NOON, SETTINGS
from tests.services.health.scene import SMALL, publish


def test_dry_run__people_of_two_languages_and_provinces__are_counted_by_each(town):
    town.add(language="en", province="Jiwaka")
    town.add(language="tpi", province="Jiwaka")
    town.add(language=None, province=None)
    town.add(lists=("other",))
    found = town.dry_run(town.draft())
    assert found.total == Share(3, 3, 75)
    assert found.languages == {"en": Share(1, 1, 25), "tpi": Share(2, 2, 50)}
    assert found.provinces == {"Jiwaka": Share(2, 2, 50), "": Share(1, 1, 25)}
    assert found.channels == {"console": Share(3, 3, 75)}
    assert (found.left_out, found.payer, found.fits) == ({}, "Ministry of Health", True)


def test_dry_run__names__make_the_text_of_one_person_longer(town):
    text = {"en": "{name} " + "x" * 155}
    town.add(name=None)
    town.add(name="Jo Kaupa")
    found = town.dry_run(town.draft(texts=text))
    # `friend` takes six letters, Jo two.
    assert found.total == Share(2, 3, 75)


def test_dry_run__letters_outside_gsm7__are_counted_as_ucs2(town):
    town.add(language="en")
    town.add(language="tpi")
    found = town.dry_run(
        town.draft(texts={"en": "Thank you \u2014 \u0161" + "x" * 70, "tpi": "Tenkyu"})
    )
    assert found.encodings == {"UCS-2": Share(1, 2, 50), "GSM-7": Share(1, 1, 25)}


def test_dry_run__several_channels__cost_what_the_first_for_the_number_takes(town):
    town.add()
    routes = (Route("+675", ("kannel", "twilio")), Route("+", ("twilio",)))
    town.settings = replace(SETTINGS, routes=routes, prices={"kannel": 7})
    assert town.dry_run(town.draft()).channels == {"kannel": Share(1, 1, 7)}
    town.settings = replace(town.settings, one_segment=frozenset({"kannel"}))
    long = town.draft(texts={"en": "x " * 100})
    assert town.dry_run(long).channels == {"twilio": Share(1, 2, 50)}


def test_dry_run__no_channel_joins_parts__counts_the_parts(town):
    town.add()
    town.settings = replace(SETTINGS, one_segment=frozenset({"console"}))
    assert town.dry_run(town.draft(texts={"en": "xxx " * 79})).total == Share(1, 3, 75)


def test_dry_run__number_that_no_channel_serves__is_left_out(town):
    town.add()
    town.settings = replace(SETTINGS, routes=(Route("+61", ("console",)),))
    assert town.dry_run(town.draft()).left_out == {"no_route": 1}


def test_dry_run__who_refused__is_left_out_with_the_reason(town):
    gone, dead, foreign, back = town.add(), town.add(), town.add(language="tpi"), town.add()
    town.refuse(gone, EVERYTHING)
    town.refuse(dead, REACHABLE)
    town.refuse(back, "channel:console")
    found = town.dry_run(town.draft(texts={"en": "Hello"}))
    assert found.left_out == {"stopped_all": 1, "dead_number": 1, "language": 1}
    assert (found.total.people, foreign > 0) == (1, True)


def test_dry_run__invitation__leaves_out_members_and_who_was_invited_or_left(clinic):
    member, asked, left, free = (clinic.add() for _ in range(4))
    clinic.subscribe(member)
    clinic.subscribe(asked, state="ineligible", invited_at=NOON - timedelta(days=89))
    clinic.subscribe(left, state="opted_out", invited_at=NOON - timedelta(days=200))
    clinic.refuse(left, "tobacco")
    clinic.subscribe(free, state="completed", invited_at=NOON - timedelta(days=91))
    found = clinic.dry_run(clinic.draft(kind=CampaignKind.INVITATION, programme="tobacco"))
    assert found.left_out == {"member": 1, "invited": 1, "opted_out": 1}
    assert found.total.people == 1


def test_dry_run__members__are_active_ones_whom_the_text_does_not_give_away(clinic):
    plain, discreet, paused, opted, _stranger = (clinic.add() for _ in range(5))
    clinic.subscribe(plain)
    clinic.subscribe(discreet, discreet=True)
    clinic.subscribe(paused, state="paused")
    clinic.subscribe(opted)
    clinic.refuse(opted, "channel:twilio")
    revealing = clinic.draft(programme="tobacco", texts={"en": "No smoke today!"})
    found = clinic.dry_run(revealing)
    assert found.left_out == {"discreet": 1, "carrier_opt_out": 1}
    assert found.total.people == 1
    harmless = clinic.draft(programme="tobacco", texts={"en": "See you at ten."})
    assert clinic.dry_run(harmless).total.people == 2


def test_dry_run__text_that_names_the_programme__goes_to_no_discreet_member(town):
    publish(town.database, SMALL.replace("title: {en: Quit tobacco", "title: {en: Day by day"))
    for discreet in (True, False):
        town.subscribe(town.add(language="en"), discreet=discreet)
    texts = {"en": "DAY BY DAY meets at ten."}
    found = town.dry_run(town.draft(programme="tobacco", texts=texts))
    assert (found.left_out, found.total.people) == ({"discreet": 1}, 1)


@pytest.mark.parametrize(
    ("audience", "expected"),
    [
        ({"provinces": ["Enga"]}, 1),
        ({"districts": ["north waghi"]}, 1),
        ({"sex": "f"}, 2),
        ({"sex": "f", "age_to": 30}, 1),
        ({"age_from": 31}, 1),
        ({"languages": ["tpi"]}, 3),
        ({"lists": ["clinic", "school"]}, 3),
        ({"programme": "tobacco"}, 1),
        ({"programme": "tobacco", "states": ["completed", "active"]}, 2),
        ({"programme": "tobacco", "cohorts": ["all"]}, 1),
        ({"lists": ["CLINIC"]}, 2),
        ({}, 5),
    ],
    ids=str,
)
def test_dry_run__each_part_of_an_audience__narrows_it(clinic, audience, expected):
    young = clinic.add(sex="f", birth_year=2006, district="North Waghi")
    old = clinic.add(sex="f", birth_year=1990, province="Enga", language="tpi", lists=("school",))
    clinic.add(sex="m")
    clinic.subscribe(young)
    clinic.subscribe(old, state="completed")
    # Planner and approver have numbers as well.
    assert clinic.dry_run(clinic.draft(audience=audience)).total.people == expected


def test_dry_run__a_rate_and_a_window__tell_hours_and_end(town):
    town.crowd(25)
    opens = NOON + timedelta(minutes=58)
    other = Message(
        public_id=town.campaign(town.draft()).public_id,
        dedupe_key=b"k",
        recipient="+67570000001",
        recipient_index=b"i",
        body="x",
        purpose="course",
        state="queued",
        created_at=NOON,
        planned_at=NOON,
        due_at=NOON + timedelta(hours=1, minutes=5),
        expires_at=NOON + timedelta(days=1),
    )
    town.do(lambda session: session.add(other))
    found = town.dry_run(town.draft(opens_at=opens, closes_at=opens + timedelta(hours=1)))
    assert [(peak.at.hour, peak.campaign, peak.others) for peak in found.peaks] == [
        (2, 20, 0),
        (3, 5, 1),
    ]
    assert (found.ends_at, found.fits) == (opens + 3 * MINUTE, True)


def test_dry_run__window_that_is_too_short__says_for_how_many(town):
    town.crowd(25)
    found = town.dry_run(town.draft(closes_at=NOON + 2 * MINUTE))
    assert (found.fits, found.unsent, found.ends_at) == (False, 5, None)
