"""The country's policy as records, replays and decisions of one database share it."""

from sqlalchemy.orm import Session

from services.livestock.domain.movement_decision import Policy
from services.storage.database import Database

_POLICY = "livestock_policy"


def set_policy(database: Database, policy: Policy) -> None:
    """Let every session of a database know the country's policy."""
    database.session_info[_POLICY] = policy


def policy_of(session: Session) -> Policy:
    """Return the country's policy; where none was set, the usual one."""
    policy = session.info.get(_POLICY)
    return policy if isinstance(policy, Policy) else _USUAL


_USUAL = Policy()
