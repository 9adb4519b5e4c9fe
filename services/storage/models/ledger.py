"""The journal of livestock events, and the outbox that takes it to the ledger."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.storage.models.base import Base


class Journal(Base):
    """One event, for good: triggers refuse UPDATE and DELETE.

    `content` holds the canonical bytes (RFC 8785) exactly; the other columns are an index over it.
    None: it was erased, which triggers allow where an `Erasure` of each of its leaves is there.
    """

    __tablename__ = "journal"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[UUID] = mapped_column(unique=True)
    type: Mapped[str]
    occurred_on: Mapped[date]
    recorded_at: Mapped[datetime]
    content: Mapped[bytes | None]

    # Each ends with the key: the newest of a kind or of a day come first.
    __table_args__ = (
        Index("ix_journal_type", "type", "id"),
        Index("ix_journal_day", "occurred_on", "id"),
    )


class LedgerLeaf(Base):
    """One leaf of the ledger: what one event says of one subject.

    `index` is given once, when the leaf is batched; until then the leaf waits. A leaf that came
    back from the chain after a restore has no journal row and no salt: its content is lost. One
    whose content was erased has its journal row, and no salt. `correlation` is the log's id of the
    message that the event came by, if one did.
    """

    __tablename__ = "ledger_leaf"

    id: Mapped[int] = mapped_column(primary_key=True)
    journal_id: Mapped[int | None] = mapped_column(ForeignKey("journal.id"), index=True)
    position: Mapped[int | None]
    subject: Mapped[bytes] = mapped_column(index=True)
    salt: Mapped[bytes | None]
    commitment: Mapped[bytes] = mapped_column(index=True)
    index: Mapped[int | None] = mapped_column("leaf_index", unique=True)
    waiting_since: Mapped[datetime]
    correlation: Mapped[int | None]

    __table_args__ = (
        Index(
            "ix_ledger_leaf_waiting",
            "id",
            sqlite_where=text("leaf_index IS NULL"),
            postgresql_where=text("leaf_index IS NULL"),
        ),
    )


class Erasure(Base):
    """A leaf whose content was erased, and the event that says so; never changes."""

    __tablename__ = "erasure"

    index: Mapped[int] = mapped_column("leaf_index", primary_key=True, autoincrement=False)
    journal_id: Mapped[int] = mapped_column(ForeignKey("journal.id"), index=True)
    erased_by_id: Mapped[int] = mapped_column(ForeignKey("journal.id"), unique=True)


class LedgerNode(Base):
    """The hash of one complete subtree of 2^level leaves, level 1 and up; never changes.

    Triggers refuse UPDATE, and DELETE of what any batch covers.
    """

    __tablename__ = "ledger_node"
    __table_args__ = ({"sqlite_with_rowid": False},)

    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    index: Mapped[int] = mapped_column("node_index", primary_key=True, autoincrement=False)
    hash: Mapped[bytes]


class LedgerBatch(Base):
    """A run of leaves that goes to the chain in one transaction, and where it is on its way.

    `root` is the contract's, and that of the leaves. Where another recorded a root that is not of
    the leaves, `leaves_root` is that of the leaves; else it is empty.
    """

    __tablename__ = "ledger_batch"
    __table_args__ = (
        Index(
            "ix_ledger_batch_open",
            "first_index",
            sqlite_where=text("state <> 'final'"),
            postgresql_where=text("state <> 'final'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    first: Mapped[int] = mapped_column("first_index", unique=True)
    size: Mapped[int] = mapped_column(unique=True)
    root: Mapped[bytes]
    leaves_root: Mapped[bytes | None]
    state: Mapped[str] = mapped_column(index=True)
    block_number: Mapped[int | None]
    block_hash: Mapped[bytes | None]
    gas_used: Mapped[int | None]


class LedgerTransaction(Base):
    """The nonce that a batch holds: no other batch ever has it."""

    __tablename__ = "ledger_transaction"
    __table_args__ = (UniqueConstraint("signer", "nonce"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("ledger_batch.id"), index=True)
    signer: Mapped[str]
    nonce: Mapped[int]


class LedgerOffer(Base):
    """Signed bytes for a nonce, kept before they are sent; each has a higher fee than the last.

    Any of them may be the one that is included.
    """

    __tablename__ = "ledger_offer"

    id: Mapped[int] = mapped_column(primary_key=True)
    transaction_id: Mapped[int] = mapped_column(
        ForeignKey("ledger_transaction.id", ondelete="CASCADE"), index=True
    )
    hash: Mapped[bytes] = mapped_column(unique=True)
    raw: Mapped[bytes]
    offered_at: Mapped[datetime]


class LedgerLease(Base):
    """The one row of the right to record: its holder, and its end unless it is renewed.

    `token` grows with each holder. A holder writes only while the row has its token and name.
    """

    __tablename__ = "ledger_lease"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    token: Mapped[int]
    holder: Mapped[str | None]
    expires_at: Mapped[datetime | None]


class LedgerRepair(Base):
    """Count of the recorder's repairs of a kind, and the time of the last."""

    __tablename__ = "ledger_repair"

    kind: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    last_at: Mapped[datetime]


class LedgerBinding(Base):
    """The one ledger that this database belongs to."""

    __tablename__ = "ledger_binding"

    id: Mapped[int] = mapped_column(primary_key=True)
    chain_id: Mapped[int]
    genesis: Mapped[bytes]
    contract: Mapped[str]
