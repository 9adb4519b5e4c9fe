"""Lists of people that planners import: kept sealed until they are taken, and no longer."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.storage.models.base import Base
from services.storage.vault import Sealed, SealedJson


class PersonImport(Base):
    """A list of people for a programme, from its upload to its end.

    Attributes:
        party_id: the planner who uploaded it; nobody else sees it.
        digest: keyed, of the file: the same file again is the same import.
        options: row of the column names, columns by their meaning, values for all rows.
        summary: counts and cost of the last check.
        total: rows below the names of the columns; once it runs, those that are to be taken.
        taken: rows that were taken; `people`, `changed`, `enrolled`, `unchanged`: of those.
        ends_at: when its rows are erased, whatever became of it.
    """

    __tablename__ = "person_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID] = mapped_column(unique=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("party.id"), index=True)
    programme: Mapped[str]
    file_name: Mapped[str] = mapped_column(Sealed)
    digest: Mapped[bytes]
    state: Mapped[str]
    options: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    summary: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    total: Mapped[int] = mapped_column(server_default="0", default=0)
    taken: Mapped[int] = mapped_column(server_default="0", default=0)
    people: Mapped[int] = mapped_column(server_default="0", default=0)
    changed: Mapped[int] = mapped_column(server_default="0", default=0)
    enrolled: Mapped[int] = mapped_column(server_default="0", default=0)
    unchanged: Mapped[int] = mapped_column(server_default="0", default=0)
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    ends_at: Mapped[datetime]

    __table_args__ = (
        Index(
            "ix_person_import_running",
            "id",
            sqlite_where=text("state = 'running'"),
            postgresql_where=text("state = 'running'"),
        ),
        Index("ix_person_import_ends_at", "ends_at"),
    )


class PersonImportRow(Base):
    """A row of such a list, as it stands in the file or was corrected.

    Attributes:
        cells: its texts, in the file's order, and faults that the spreadsheet put into some.
        state: `head` (above the data), `read`, `ready`, `known`, `fault`, `left_out`.
        number_index: of its number in the health domain, so that erasure finds it; null: its number
            cannot be read.
        fault: column, what is wrong, what to do.
    """

    __tablename__ = "person_import_row"

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("person_import.id"))
    line: Mapped[int]
    cells: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    state: Mapped[str]
    number_index: Mapped[bytes | None] = mapped_column(index=True)
    fault: Mapped[dict[str, Any] | None] = mapped_column(SealedJson)

    __table_args__ = (
        UniqueConstraint("import_id", "line"),
        Index("ix_person_import_row_state", "import_id", "state", "line"),
    )
