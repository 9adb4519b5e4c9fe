"""Parts of a program that its checks look at."""

from datetime import datetime
from typing import Protocol

from services.core.settings import Settings
from services.storage.database import Database


class Installation(Protocol):
    """An open program, or a web application: settings, database, clock (UTC)."""

    @property
    def settings(self) -> Settings:
        """Its settings."""
        ...

    @property
    def database(self) -> Database:
        """Its database."""
        ...

    def clock(self) -> datetime:
        """Return the time, in UTC."""
        ...
