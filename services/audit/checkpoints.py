"""Checkpoints: those of the ledger, and the verdict on one that an auditor kept."""

import re
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from chain.consistency import ConsistencyProof
from services.audit.batches import HeldCheckpoint
from services.audit.proofs import checkpoint, prove_consistency
from services.core.errors import Invalid, NoCheckpoint
from services.ledger.receipts import IS_CHECKPOINT, recorded_size
from services.storage.models import LedgerBatch

# As audits, proof files, this program's pages and the SMS of ROOT write one, whatever is around it.
_KEPT = re.compile(
    r"""\b(?P<size>[0-9]{1,15})\b
    (?:\s*:\s*|\s*,\s*"root"\s*:\s*"|\s+records\.\s+root:\s*|[\s,;]+)
    (?:0x)?(?P<root>[0-9a-f]{64})\b""",
    re.VERBOSE | re.IGNORECASE,
)
_BARE = re.compile(r"\s*([0-9]{1,18})(?::(?:0x)?([0-9a-fA-F]{64}))?\s*")


class Verdict(StrEnum):
    """Verdict on a checkpoint that somebody kept."""

    CONTINUES = "continues"
    """The ledger of today begins with that of then."""
    REWRITTEN = "rewritten"
    """The ledger of today has another root there, or fewer records."""
    UNKNOWN = "unknown"
    """No batch of this ledger ended there: it is another's, or not on the chain yet."""
    NO_ROOT = "no_root"
    """Only a size was kept, which binds nothing; the proof holds the root to compare."""


class JudgedCheckpoint(NamedTuple):
    """A verdict on a kept checkpoint; with `proof`, the file for the auditor's own machine.

    `size` is that of the ledger today; `nearest` tells which checkpoints are next where none is.
    """

    verdict: Verdict
    held: HeldCheckpoint
    size: int
    proof: ConsistencyProof | None = None
    nearest: str = ""


def bare_checkpoint(text: str) -> HeldCheckpoint | None:
    """Read SIZE or SIZE:ROOT; None: it is neither."""
    found = _BARE.fullmatch(text)
    if found is None:
        return None
    return HeldCheckpoint(int(found[1]), bytes.fromhex(found[2]) if found[2] else None)


def read_kept(text: str) -> HeldCheckpoint:
    """Read a checkpoint as people keep it: SIZE:ROOT, an SMS, a proof file, an audit's report.

    Of a file with two, the newest counts.

    Raises:
        Invalid: none is in it.
    """
    bare = bare_checkpoint(text)
    if bare is not None and bare.size > 0:
        return bare
    found = [
        HeldCheckpoint(int(one["size"]), bytes.fromhex(one["root"])) for one in _KEPT.finditer(text)
    ]
    whole = [one for one in found if one.size > 0]
    if not whole:
        raise Invalid("No checkpoint is in it: SIZE:ROOT, with a root of 64 hexadecimal digits")
    return max(whole, key=lambda one: one.size)


def judge(session: Session, held: HeldCheckpoint) -> JudgedCheckpoint:
    """Hold a kept checkpoint against the ledger of today, as this database has it.

    Raises:
        NothingRecorded: nothing is on the ledger yet.
    """
    newest = checkpoint(session)
    if held.size > recorded_size(session):
        return JudgedCheckpoint(Verdict.REWRITTEN, held, newest.size)
    try:
        proof = prove_consistency(session, held.size)
    except NoCheckpoint as error:
        return JudgedCheckpoint(Verdict.UNKNOWN, held, newest.size, nearest=error.detail)
    if held.root is None:
        verdict = Verdict.NO_ROOT
    else:
        same = proof.older.root == held.root
        verdict = Verdict.CONTINUES if same else Verdict.REWRITTEN
    return JudgedCheckpoint(verdict, held, newest.size, proof)


def checkpoints_wanted() -> Select[LedgerBatch]:
    """Select the checkpoints that are on the chain: each batch of ours ends at one."""
    return select(LedgerBatch).where(IS_CHECKPOINT)
