"""The base of all tables: names of constraints, and the column types that annotations mean."""

from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Dialect,
    Integer,
    LargeBinary,
    MetaData,
    TypeDecorator,
    Uuid,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.orm import DeclarativeBase

# SQLite numbers rows by itself only for INTEGER; PostgreSQL's INTEGER ends at two thousand million.
BigKey = BigInteger().with_variant(Integer, "sqlite")

_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def by_time(*columns: str) -> dict[str, Any]:
    """Return the options of an index by the times when rows were written: BRIN on PostgreSQL.

    It keeps the spans of time of each stretch of the table, so it costs hardly anything. Several of
    each, for a row may take the place of an erased one that is years older.
    """
    return {
        "postgresql_using": "brin",
        "postgresql_ops": dict.fromkeys(columns, "timestamptz_minmax_multi_ops"),
        "postgresql_with": {"autosummarize": "on"},
    }


class Octets(TypeDecorator[bytes]):
    """Bytes, also where somebody has put text into the column, as SQLite lets anyone do.

    An auditor must find such a change, not stumble over it.
    """

    impl = LargeBinary
    cache_ok = True

    def column_expression(self, column: ColumnElement[bytes]) -> ColumnElement[bytes]:
        """Read whatever is there as bytes."""
        return cast_to(column, LargeBinary)

    def bind_processor(self, dialect: Dialect) -> None:
        """Give the driver the bytes as they are: both take them so."""


class UtcTime(TypeDecorator[datetime]):
    """An instant in UTC with microseconds; SQLite would forget the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a time without a zone; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a time needs its zone"
            raise ValueError(message)
        utc = _in_utc(value)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002 — the base class's signature
    ) -> datetime | None:
        """Give the zone back."""
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


class WholeSecond(UtcTime):
    """An instant to the second, of rows that stand beside a number's ordinary index.

    To the microsecond it would tie them to what the same text did in a health programme.
    """

    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC, without what is less than a second."""
        utc = super().process_bind_param(value, dialect)
        return utc and utc.replace(microsecond=0)


def _in_utc(value: datetime) -> datetime:
    """Return an instant in UTC; one beyond the calendar's ends is at its nearer end."""
    try:
        return value.astimezone(UTC)
    except OverflowError:
        return _FIRST if value.year == _FIRST.year else _LAST


class Base(DeclarativeBase):
    """Base of the mapped tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {
        int: BigKey,
        bytes: Octets,
        UUID: Uuid,
        datetime: UtcTime,
    }
