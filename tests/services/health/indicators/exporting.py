"""A mapping, and how many values were noted as sent."""

from __future__ import annotations

from sqlalchemy import func, select

from services.storage.models import Exported

MAPPING = """\
programme: tobacco
dataSet: dsTobacco01
orgUnits: {Morobe: ouMorobe001, Chimbu: ouChimbu001, Gulf: ouGulf00001, unknown: ouUnknown01}
values:
  - {indicator: attempts, dataElement: deAttempts1}
  - {indicator: members, dataElement: deMembers01, categoryOptionCombo: coAllOfThem}
  - {indicator: cost, dataElement: deCost00001}
  - indicator: delivered
    dataElement: deDelivered
    by: sex
    combos: {f: coFemale001, m: coMale00001}
  - {indicator: success_of_activated.abstinent.month1, dataElement: deAbstinent}
  - {indicator: success_of_activated.abstinent.month6, dataElement: deAbstinen6}
"""


def marks(database):
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Exported))
