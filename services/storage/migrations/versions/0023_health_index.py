"""Schema 0023: what belongs to programmes is found by an index of its own.

It needs the data key where there is anything of programmes. All of it is one transaction: broken
off, it has not begun. No column comes or goes.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from alembic import op

from services.storage.migrations.sealing import CHUNK_ROWS, upgrading_vault, write_anew
from services.storage.models.base import BigKey, Octets
from services.storage.vault import Sealed, Vault

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_TO_THE_SECOND = {
    "access": ("at",),
    "attempt": ("started_at", "finished_at", "look_at"),
    "consent": ("at",),
    "early_report": ("arrived_at",),
    "long_text": ("opened_at", "closed_at"),
    "message": ("tried_at", "leased_until"),
    "ussd_session": ("saved_at",),
    "village_binding": ("seen_at", "asked_at", "changed_at"),
    "village_phone": ("said_at", "seen_at"),
}
# What people wrote to programmes, by the outcome of their texts: the answers have its time.
_TO_PROGRAMMES = (
    "SELECT received_at FROM envelope WHERE outcome LIKE 'programme.%' OR service = 'health' "
    "OR outcome IN ('stop', 'stop_all', 'stop_all_word', 'stop_messages')"
)
_OF_PROGRAMMES = (
    "NOT office AND (scope IS NOT NULL OR subscription_id IS NOT NULL OR campaign_id IS NOT NULL "
    "OR version_id IS NOT NULL OR item IS NOT NULL OR purpose IN ('inbox', 'reminder') "
    f"OR (purpose = 'reply' AND created_at IN ({_TO_PROGRAMMES})))"
)
_OF_A_PROGRAMME = "scope NOT IN ('*', 'number') AND scope NOT LIKE 'channel:%'"
_SEARCHES = "what LIKE '%/subscriptions/search'"


class _Numbered(NamedTuple):
    """A table whose rows hold a sealed number and its index, and which of them are changed."""

    table: str
    number: str
    column: str
    which: str


_MESSAGES = _Numbered("message", "recipient", "recipient_index", _OF_PROGRAMMES)
_COURSES = _Numbered("subscription", "number", "number_index", "number IS NOT NULL")


def upgrade() -> None:
    """Bring what belongs to programmes under the index, and let no instant tie it to the rest."""
    vault = upgrading_vault()
    known = _index_anew(vault, _COURSES)
    known |= _index_anew(vault, _MESSAGES)
    op.execute(
        "UPDATE asking SET number_index = (SELECT subscription.number_index FROM subscription "
        "WHERE subscription.id = asking.subscription_id)"
    )
    for table, which in (("consent", _OF_A_PROGRAMME), ("access", _SEARCHES)):
        _index_known(vault, table, which, known)
    op.execute(f"UPDATE access SET subject_id = NULL WHERE {_SEARCHES}")  # noqa: S608 — ours
    # They count an hour, under an index that nobody looks for any more.
    op.execute("DELETE FROM answer_count")
    _part_digests(vault)
    for table, columns in _TO_THE_SECOND.items():
        for column in columns:
            op.execute(_to_the_second(table, column))
    for table in ("consent", "access", "subscription", "asking"):
        write_anew(table, "number_index", "bytea")
    write_anew("message", "recipient_index", "bytea")
    write_anew("envelope", "content_digest", "bytea")


def _index_anew(vault: Vault, of: _Numbered) -> dict[bytes, bytes]:
    """Bring rows under the index of their number; return the new one by the old one."""
    found: dict[bytes, bytes] = {}

    def change(row: Sequence[Any]) -> bytes:
        _, number, old = row
        found[old] = vault.health_index(number)
        return found[old]

    table = _table(of.table, (of.number, Sealed), (of.column, Octets))
    _change(table, of.column, f"({of.which}) AND length({of.column}) > 0", change)
    return found


def _index_known(vault: Vault, name: str, which: str, known: dict[bytes, bytes]) -> None:
    """Bring rows under the index that hold no number; of phones that are gone it leads nowhere."""
    contacts = _table("contact", ("number", Sealed), ("number_index", Octets))
    for rows in _chunks(contacts, "true"):
        known |= {old: vault.health_index(number) for _, number, old in rows if old not in known}

    def change(row: Sequence[Any]) -> bytes:
        old = row[1]
        return known.get(old) or vault.digest(b"number of before\0" + old)

    table = _table(name, ("number_index", Octets))
    _change(table, "number_index", f"number_index IS NOT NULL AND ({which})", change)


def _part_digests(vault: Vault) -> None:
    """Part what is equal for equal contents: two texts of a number, a campaign's text and party."""
    again = (
        "SELECT content_digest FROM envelope WHERE channel != 'village-sms' "
        "GROUP BY content_digest HAVING count(*) > 1"
    )
    envelopes = sa.table("envelope", sa.column("key_digest", Octets), sa.column("content_digest"))
    connection = op.get_bind()
    keys = connection.scalars(
        sa.select(envelopes.c.key_digest).where(
            sa.text(f"channel != 'village-sms' AND content_digest IN ({again})")
        )
    ).all()
    for key in keys:
        connection.execute(
            envelopes.update()
            .where(envelopes.c.key_digest == key)
            .values(content_digest=sa.literal(secrets.token_bytes(32), Octets))
        )
    messages = _table("message", ("dedupe_key", Octets))
    _change(messages, "dedupe_key", "purpose = 'campaign'", lambda row: vault.digest(row[1]))


def _table(name: str, *columns: tuple[str, Any]) -> sa.TableClause:
    return sa.table(name, sa.column("id", BigKey), *(sa.column(*each) for each in columns))


def _change(
    table: sa.TableClause, column: str, which: str, change: Callable[[Sequence[Any]], bytes]
) -> None:
    """Change a column of some rows, a chunk at a time."""
    statement = (
        table.update()
        .where(table.c.id == sa.bindparam("which", type_=BigKey))
        .values({column: sa.bindparam("new", type_=Octets)})
    )
    for rows in _chunks(table, which):
        news = [{"which": row[0], "new": change(row)} for row in rows]
        op.get_bind().execute(statement, news)


def _chunks(table: sa.TableClause, which: str) -> Iterator[Sequence[Sequence[Any]]]:
    wanted = sa.select(*table.c).where(sa.text(which)).order_by(table.c.id).limit(CHUNK_ROWS)
    last = 0
    while rows := op.get_bind().execute(wanted.where(table.c.id > last)).all():
        yield rows
        last = rows[-1][0]


def _to_the_second(table: str, column: str) -> str:
    if op.get_bind().dialect.name == "sqlite":
        whole = f"substr({column}, 1, 19) || '.000000'"
    else:
        whole = f"date_trunc('second', {column})"
    return f"UPDATE {table} SET {column} = {whole} WHERE {column} IS NOT NULL"  # noqa: S608 — ours
