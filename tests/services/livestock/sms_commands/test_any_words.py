"""Whatever people type out of the words that we know, it does no harm and gets one short answer."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from services.livestock.domain.permits import PermitState
from services.livestock.sms_commands import FILLERS, HANDLERS
from services.livestock.sms_commands.argument_kinds import PIG_WORDS
from services.livestock.sms_commands.symptoms import KNOWN
from services.storage.models import Journal, Permit
from tests.factories import BUYER, FARMER, official
from tests.services.livestock.country import INSPECTOR, SLAUGHTERER, VET, Country
from tests.support.texts import assert_one_segment

_KEYWORDS = sorted(
    {word for one in HANDLERS for words in one.phrase.keywords.values() for word in words}
)
_NUMBERS = (
    *(
        "1068",
        "1165",
        "1262",
        "1456",
        "1553",
        "1650",
        "1263",
        "{permit}",
        "2038",
        "104276",
        "20468",
    ),
    *("0", "1", "2", "3", "14", "999", "4827", "70000002", "+67570000009", "7000 0003"),
    *(official(1), official(4), official(77), "598 000 000 000 002", "982 00012345678"),
    *("animal:1", "premises:7", "7KQ2-M9XA-P4TD-WZ3C", "25/11", "30/2", "40 KG", "K500"),
)
_WORDS = (
    *("no", "nogat", "yes", "mi", "i", "ASF", "ivomec", "28", "skin", "hot", "kaikai", "pati"),
    *("pass", "pasim", "back", "bek", "holim", "asde", "tumora", "Fraide", "sow", "meri", "?"),
    *("Goroka", "kod", "tripela", "rausim", "orait", "revoke"),
)
_TOKEN = st.one_of(
    st.sampled_from(_KEYWORDS),
    st.sampled_from(_NUMBERS),
    st.sampled_from((*FILLERS, *PIG_WORDS, *sorted(KNOWN), *_WORDS)),
)
_TEXT = st.lists(_TOKEN, max_size=12).map(" ".join) | st.lists(_TOKEN, max_size=5).map("".join)
# They ask for a code or a choice, each by who may do it.
_ASKING = (("KILL 1553", FARMER), ("SELL 1553 70000002", FARMER), ("PERMIT {permit} YES", VET))


def harm(database):
    """How many slaughters, changes of owner and decisions on permits there are."""
    with database.read() as session:
        harmful = select(func.count()).where(Journal.type.in_(("slaughter", "transfer")))
        decided = select(func.count()).where(Permit.state != PermitState.ASKED)
        return session.scalar(harmful) + session.scalar(decided)


@pytest.mark.slow
def test_answer__any_words_we_know__is_one_segment_and_harms_nothing_unconfirmed(open_database):
    land = Country(open_database("sqlite")).found()
    permit = land.permit(1, state=None)
    outcomes = set()

    @settings(max_examples=300, deadline=None, database=None)
    @given(_TEXT, st.sampled_from((FARMER, BUYER, INSPECTOR, VET, SLAUGHTERER)))
    @example(*_ASKING[0])
    @example(*_ASKING[1])
    @example(*_ASKING[2])
    def send(text, sender):
        before = harm(land.database)
        answer = land.phones.send(text.replace("{permit}", permit), sender)
        outcomes.add(answer.outcome)
        # A warning is a text of its own, before what it warns of; no sentence has a line break.
        for one in answer.text.split("\n"):
            assert_one_segment(one)
        # A lone `1` may be the answer to a question that chance has asked.
        assert answer.outcome == "answer" or harm(land.database) == before

    send()
    assert outcomes >= {"kill", "sell", "permit_answer", "not_understood"}
