"""Column types: sealed text, and times that are always UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

from sqlalchemy import ColumnElement, DateTime, Dialect, LargeBinary, TypeDecorator
from sqlalchemy import cast as cast_to

from services.storage.vault import Vault

_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Sealed(TypeDecorator[str]):
    """Text that is encrypted at rest by the database's vault."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """Seal on the way in."""
        if value is None:
            return None
        return _vault(dialect).seal(value.encode("utf-8", "surrogatepass"))

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        """Open on the way out."""
        if value is None:
            return None
        return _vault(dialect).open(value).decode("utf-8", "surrogatepass")


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


def _in_utc(value: datetime) -> datetime:
    """Return an instant in UTC; one beyond the calendar's ends is at its nearer end."""
    try:
        return value.astimezone(UTC)
    except OverflowError:
        return _FIRST if value.year == _FIRST.year else _LAST


def _vault(dialect: Dialect) -> Vault:
    return cast("Vault", dialect.bilum_vault)  # type: ignore[attr-defined]
