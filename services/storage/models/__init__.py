"""Every table of the application, one file a feature."""

from services.storage.models.base import Base
from services.storage.models.campaigns import Campaign, Exported
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
from services.storage.models.health import Clinician, Concern, Listed, Person
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
from services.storage.models.programmes import (
    Asking,
    Change,
    ProgrammeApproval,
    ProgrammeVersion,
    Subscription,
)

__all__ = [
    "Access",
    "Animal",
    "Arrival",
    "ArrivalConflict",
    "Asking",
    "Attempt",
    "Base",
    "Campaign",
    "Change",
    "Channel",
    "Check",
    "Claim",
    "Clinician",
    "Concern",
    "Consent",
    "Contact",
    "ControlOrder",
    "Correction",
    "Counter",
    "Exported",
    "Flag",
    "Identifier",
    "Journal",
    "LedgerBatch",
    "LedgerBinding",
    "LedgerLeaf",
    "LedgerNode",
    "LedgerTransaction",
    "Listed",
    "Message",
    "Movement",
    "Notice",
    "Outbreak",
    "Party",
    "Permit",
    "PermitAnimal",
    "PermitRoute",
    "Person",
    "Post",
    "Premises",
    "ProgrammeApproval",
    "ProgrammeVersion",
    "Spending",
    "Subscription",
    "TagRange",
    "Token",
]
