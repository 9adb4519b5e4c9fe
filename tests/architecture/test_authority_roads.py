"""Every road that brings reports asks who may say them."""

from __future__ import annotations

import re

import pytest

from tests.support.paths import ROOT

# Where an origin is made, and why it may be without an actor.
ORIGINS = {
    "services/livestock/sms_commands/common.py": "it has the sender as actor",
    "services/livestock/api/common.py": "`record_reports` adds the actor; other acts have guards",
    "services/livestock/readers/confirming.py": "it has the device's owner as actor",
    "services/livestock/standards/routes.py": "`record_reports` adds the actor; officers need none",
    "services/livestock/control/alarms.py": "the program opens an outbreak itself",
    "services/livestock/control/results.py": "a result, whose authority was asked, confirms one",
    "services/cli/contacts.py": "it names a veterinary officer, whose role was asked",
    "services/livestock/control/census_asking.py": "the clock closes a census",
    "services/cli/census.py": "an officer, at the machine, drafts and opens a census",
    "services/cli/imports.py": "an operator at the machine",
}


@pytest.mark.slow
def test_origin__wherever_one_is_made__its_authority_is_asked():
    made = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "services").rglob("*.py")
        if re.search(r"(?<!class )\bOrigin\(", path.read_text(encoding="utf-8"))
    }
    assert made == set(ORIGINS)


def test_origin_of_a_message__has_the_sender_as_actor():
    common = (ROOT / "services/livestock/sms_commands/common.py").read_text(encoding="utf-8")
    assert re.findall(r"\bOrigin\((.*)\)", common) == [
        "context.source, context.party.public_id, context.now, actor_of(context)"
    ]
