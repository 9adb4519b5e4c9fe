"""Every table of the application, one file a feature."""

from services.storage.models.base import Base
from services.storage.models.ledger import (
    Journal,
    LedgerBatch,
    LedgerBinding,
    LedgerLeaf,
    LedgerNode,
    LedgerTransaction,
)
from services.storage.models.livestock import (
    Animal,
    Counter,
    Flag,
    Identifier,
    Movement,
    Premises,
)
from services.storage.models.messages import Arrival, ArrivalConflict, Attempt, Message
from services.storage.models.people import Contact, Party, Token

__all__ = [
    "Animal",
    "Arrival",
    "ArrivalConflict",
    "Attempt",
    "Base",
    "Contact",
    "Counter",
    "Flag",
    "Identifier",
    "Journal",
    "LedgerBatch",
    "LedgerBinding",
    "LedgerLeaf",
    "LedgerNode",
    "LedgerTransaction",
    "Message",
    "Movement",
    "Party",
    "Premises",
    "Token",
]
