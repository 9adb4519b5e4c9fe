"""Every table of the application, one file a feature."""

from services.storage.models.base import Base
from services.storage.models.campaigns import Campaign, Exported
from services.storage.models.claims import PendingConfirmation
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
from services.storage.models.devices import Device, DeviceKey, SequencedRequest
from services.storage.models.health import Clinician, Concern, Listed, Person
from services.storage.models.ledger import (
    Erasure,
    Journal,
    LedgerBatch,
    LedgerBinding,
    LedgerLeaf,
    LedgerLease,
    LedgerNode,
    LedgerOffer,
    LedgerRepair,
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
from services.storage.models.parts import LongText, TextPart
from services.storage.models.people import Access, Contact, Party, Token
from services.storage.models.programmes import (
    AskedQuestion,
    Change,
    ProgrammeApproval,
    ProgrammeVersion,
    Subscription,
)
from services.storage.models.readers import ReaderScan, ReaderSession
from services.storage.models.ussd import Pin, UssdSession
from services.storage.models.villages import (
    VillageAnswer,
    VillageBox,
    VillageNumbers,
    VillagePhone,
    VillageQuestion,
)

__all__ = [
    "Access",
    "Animal",
    "Arrival",
    "ArrivalConflict",
    "AskedQuestion",
    "Attempt",
    "Base",
    "Campaign",
    "Change",
    "Channel",
    "Check",
    "Clinician",
    "Concern",
    "Consent",
    "Contact",
    "ControlOrder",
    "Correction",
    "Counter",
    "Device",
    "DeviceKey",
    "Erasure",
    "Exported",
    "Flag",
    "Identifier",
    "Journal",
    "LedgerBatch",
    "LedgerBinding",
    "LedgerLeaf",
    "LedgerLease",
    "LedgerNode",
    "LedgerOffer",
    "LedgerRepair",
    "LedgerTransaction",
    "Listed",
    "LongText",
    "Message",
    "Movement",
    "Notice",
    "Outbreak",
    "Party",
    "PendingConfirmation",
    "Permit",
    "PermitAnimal",
    "PermitRoute",
    "Person",
    "Pin",
    "Post",
    "Premises",
    "ProgrammeApproval",
    "ProgrammeVersion",
    "ReaderScan",
    "ReaderSession",
    "SequencedRequest",
    "Spending",
    "Subscription",
    "TagRange",
    "TextPart",
    "Token",
    "UssdSession",
    "VillageAnswer",
    "VillageBox",
    "VillageNumbers",
    "VillagePhone",
    "VillageQuestion",
]
