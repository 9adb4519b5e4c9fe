"""A ministry with figures of two months, and a DHIS2 that has places for them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from services.core.geography import PROVINCES
from services.core.roles import Role
from services.storage.models import Party
from tests.fakes.dhis2_server import DEFAULT, TOKEN
from tests.services.health.indicators.histories import History, add_versions, write_rows
from tests.services.health.scene import person

if TYPE_CHECKING:
    from tests.services.world import World

STAFF = {
    "analyst": (Role.HEALTH_ANALYST, "+67570000905"),
    "planner": (Role.PLANNER, "+67570000901"),
    "approver": (Role.APPROVER, "+67570000902"),
    "clinician": (Role.CLINICIAN, "+67570000903"),
}
CODE = "tobacco"
TODAY = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
AT = f"/console/indicators/{CODE}"
DATA_SET, OTHER_SET = "dsTobacco01", "dsQuarter01"
ELEMENTS = {"deAttempts1": "Smokers who asked", "deMembers01": "Smokers in the course"}
SPLIT = "deBySex0001"
COMBOS = {"coFemale001": "Female", "coMale00001": "Male"}


def furnish(world: World, seed: int = 8, people: int = 150) -> None:
    """Give a world a programme with a history in October, and staff; today is 25 November."""
    database = world.runtime.database
    rows = History(seed, add_versions(database), people).rows
    # The scene has parties with these keys, and figures need none.
    rows.pop(Party)
    write_rows(database, rows)
    world.runtime.clock.now = TODAY
    for name, (role, number) in STAFF.items():
        key = person(database, number, role)
        with database.write() as session:
            session.scalars(select(Party).where(Party.id == key)).one().name = name


def settings_of(server) -> dict[str, str]:
    """Settings that name a DHIS2."""
    return {"BILUM_DHIS2_URL": server.url, "BILUM_DHIS2_TOKEN": TOKEN}


def stock(server) -> None:
    """Give a DHIS2 two data sets, elements, and places by level as eNHIS has them."""
    server.objects["dataSets"] = [
        {"id": DATA_SET, "displayName": "Tobacco by SMS", "periodType": "Monthly"},
        {"id": OTHER_SET, "displayName": "NCD by quarter", "periodType": "Quarterly"},
    ]
    plain = {
        "id": "bjDvmb4bfuf",
        "categoryOptionCombos": [{"id": DEFAULT, "displayName": "default"}],
    }
    by_sex = {
        "id": "ccSex000001",
        "categoryOptionCombos": [{"id": key, "displayName": name} for key, name in COMBOS.items()],
    }
    server.objects["dataElements"] = [
        *(
            {"id": key, "displayName": name, "categoryCombo": plain}
            for key, name in ELEMENTS.items()
        ),
        {"id": SPLIT, "displayName": "Texts delivered by sex", "categoryCombo": by_sex},
    ]
    server.members = {DATA_SET: {*ELEMENTS, SPLIT}, OTHER_SET: {SPLIT}}
    server.objects["organisationUnits"] = [
        {"id": "ouCountry01", "displayName": "Papua New Guinea", "level": 1},
        *(
            {"id": f"ouProv{number:05}", "displayName": f"{name} Province", "level": 2}
            for number, name in enumerate(PROVINCES)
        ),
        {"id": "ouEngaDist1", "displayName": "Enga", "level": 3},
    ]
