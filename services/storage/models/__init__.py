"""Every table of the application, one file a feature."""

from services.storage.models.base import Base
from services.storage.models.claims import Claim
from services.storage.models.control import (
    Check,
    ControlOrder,
    Notice,
    Outbreak,
    Permit,
    PermitAnimal,
    PermitRoute,
    Post,
)
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
    Correction,
    Counter,
    Flag,
    Identifier,
    Movement,
    Premises,
    TagRange,
)
from services.storage.models.messages import (
    Arrival,
    ArrivalConflict,
    Attempt,
    Channel,
    Consent,
    Message,
    Spending,
)
from services.storage.models.people import Access, Contact, Party, Token

__all__ = [
    "Access",
    "Animal",
    "Arrival",
    "ArrivalConflict",
    "Attempt",
    "Base",
    "Channel",
    "Check",
    "Claim",
    "Consent",
    "Contact",
    "ControlOrder",
    "Correction",
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
    "Notice",
    "Outbreak",
    "Party",
    "Permit",
    "PermitAnimal",
    "PermitRoute",
    "Post",
    "Premises",
    "Spending",
    "TagRange",
    "Token",
]
