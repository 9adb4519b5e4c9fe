"""Schema 0022: people in programmes are pseudonyms, which a keyed link alone ties to parties.

It needs the data key where there is anybody. All of it is one transaction: broken off, it has not
begun. The keys of people follow the order of their links, so that they show nothing.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op

from services.storage.migrations.sealing import upgrading_vault, write_anew
from services.storage.models.base import BigKey, Octets
from services.storage.vault import Sealed, Vault

revision = "0022"
down_revision = "0026"
branch_labels = None
depends_on = None

_CHUNK = 2_000
_LINKED = sa.table(
    "linked",
    sa.column("party_id", BigKey),
    sa.column("link", Octets),
    sa.column("party", Sealed),
)
_KNOWN = " OR ".join(
    f"EXISTS (SELECT 1 FROM {table} AS t WHERE t.party_id = party.id)"  # noqa: S608 — ours
    for table in ("person", "listed", "concern", "subscription")
)
_NEXT = (
    sa.text(
        f"SELECT id, public_id FROM party WHERE id > :last AND ({_KNOWN}) ORDER BY id LIMIT :most"  # noqa: S608 — ours
    )
    .bindparams(most=_CHUNK)
    .columns(id=BigKey, public_id=sa.Uuid)
)
_OPEN = "state IN ('invited', 'screened', 'consented', 'active', 'paused')"
_READ = ("%/concerns/%", "%/subscriptions/<%", "bilum subscription %", "bilum indicators fhir")


def upgrade() -> None:
    """Tie what is here by links, cut those of the forgotten, and let no party's key stay."""
    _link_parties()
    _make_people()
    for table, kept in (("listed", "list_name"), ("concern", "kind"), ("subscription", "zone")):
        _tie_to_people(table, kept)
    _tie_readings()
    _cut_forgotten()
    op.drop_table("linked")


def _link_parties() -> None:
    """Note the link of everybody about whom programmes know anything."""
    op.create_table(
        "linked",
        sa.Column("party_id", BigKey, primary_key=True, autoincrement=False),
        sa.Column("link", Octets, nullable=False, unique=True),
        sa.Column("party", Sealed, nullable=False),
    )
    connection, vault, last = op.get_bind(), upgrading_vault(), 0
    while rows := connection.execute(_NEXT, {"last": last}).all():
        connection.execute(_LINKED.insert(), [_linked(vault, *row) for row in rows])
        last = rows[-1].id


def _linked(vault: Vault, key: int, public_id: UUID) -> Mapping[str, Any]:
    return {"party_id": key, "link": vault.link(public_id), "party": str(public_id)}


def _make_people() -> None:
    op.rename_table("person", "person_before")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE person_before RENAME CONSTRAINT pk_person TO pk_person_before")
    op.create_table(
        "person",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("link", Octets),
        sa.Column("party", Sealed),
        *(sa.Column(name, sa.String) for name in ("province", "district", "sex")),
        sa.Column("birth_year", BigKey),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("link", name="uq_person_link"),
    )
    op.execute(
        "INSERT INTO person (link, party, province, district, sex, birth_year) "
        "SELECT linked.link, linked.party, province, district, sex, birth_year FROM linked "
        "LEFT JOIN person_before ON person_before.party_id = linked.party_id ORDER BY linked.link"
    )
    op.drop_table("person_before")


def _tie_to_people(table: str, kept: str) -> None:
    op.add_column(table, sa.Column("person_id", BigKey))
    op.execute(f"UPDATE {table} SET person_id = {_person_of(f'{table}.party_id')}")  # noqa: S608 — ours
    op.drop_index(f"ix_{table}_party_id", table)
    if table == "subscription":
        op.drop_index("uq_subscription_open", table)
    with op.batch_alter_table(table) as batch:
        if table == "listed":
            batch.drop_constraint("uq_listed_list_name", type_="unique")
            batch.create_unique_constraint("uq_listed_list_name", ["list_name", "person_id"])
        batch.drop_constraint(f"fk_{table}_party_id_party", type_="foreignkey")
        batch.drop_column("party_id")
        batch.alter_column("person_id", existing_type=BigKey, nullable=False)
        batch.create_foreign_key(f"fk_{table}_person_id_person", "person", ["person_id"], ["id"])
    op.create_index(f"ix_{table}_person_id", table, ["person_id"])
    if table == "subscription":
        op.create_index(
            "uq_subscription_open",
            table,
            ["programme", "person_id"],
            unique=True,
            sqlite_where=sa.text(_OPEN),
            postgresql_where=sa.text(_OPEN),
        )
    write_anew(table, kept, "varchar")


def _person_of(party: str) -> str:
    return (
        "(SELECT person.id FROM person JOIN linked ON linked.link = person.link "  # noqa: S608 — ours
        f"WHERE linked.party_id = {party})"
    )


def _tie_readings() -> None:
    """Let readings of what programmes know of a person name the person, and no party."""
    with op.batch_alter_table("access") as batch:
        batch.add_column(sa.Column("person_id", BigKey))
        batch.create_foreign_key("fk_access_person_id_person", "person", ["person_id"], ["id"])
    op.create_index("ix_access_person_id", "access", ["person_id"])
    which = " OR ".join(f"what LIKE '{pattern}'" for pattern in _READ)
    op.execute(
        f"UPDATE access SET person_id = {_person_of('access.subject_id')}, subject_id = NULL "  # noqa: S608 — ours
        f"WHERE subject_id IN (SELECT party_id FROM linked) AND ({which})"
    )


def _cut_forgotten() -> None:
    """Cut the links of people who were forgotten: they have no number, and no course has one."""
    op.execute(
        "UPDATE person SET link = NULL, party = NULL WHERE link IN (SELECT link FROM linked "
        "WHERE NOT EXISTS (SELECT 1 FROM contact WHERE contact.party_id = linked.party_id)) "
        "AND NOT EXISTS (SELECT 1 FROM subscription WHERE subscription.person_id = person.id "
        "AND subscription.number IS NOT NULL)"
    )
