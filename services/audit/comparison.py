"""The audit: chain and database side by side, record by record, in order.

Every leaf of the chain is compared with its row: subject and commitment as recorded, content and
salt against the commitment, the subject against what the content names. The tree is computed
again from the chain's leaves alone; each root that the operator claimed and each node that the
database stores is compared with it. Then the other way round: each event of the journal must have
a leaf for each of its subjects, and what the database calls recorded must be on the chain. What
the database holds of a health programme must be what was approved (`services.audit.programmes`),
and of a trial what was drawn (`services.audit.trials`);
offices, phones, helpers and tokens must be what their events say (`services.audit.parties`), and so
must the owners and ends of tasks (`services.audit.tasks`).

An auditor who returns compares from the checkpoint that they noted, or a sample that nobody could
foresee. The report lists everything that was not looked at.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import and_, func, or_, select, true
from sqlalchemy.orm import Session

from chain.ports import Checkpoint, LogReader
from chain.reconciliation import require_same
from services.audit.batches import (
    FROM_THE_FIRST,
    BatchComparison,
    HeldCheckpoint,
    compare_extra_nodes,
    known_tree,
)
from services.audit.contents import (
    by_index,
    compare_claims,
    compare_indexes,
    compare_journal,
    compare_leaf,
    compare_waiting,
    holds,
    on_the_way,
    read_flags,
)
from services.audit.erasures import compare_erasures
from services.audit.findings import AuditReport, Difference, tolerating
from services.audit.parties import compare_parties
from services.audit.programmes import compare_programmes, programmes_of
from services.audit.projections.animals import compare_animals, compare_places
from services.audit.projections.censuses import compare_censuses
from services.audit.projections.control_documents import (
    compare_orders,
    compare_outbreaks,
    compare_permits,
)
from services.audit.projections.permit_uses import compare_permit_uses
from services.audit.projections.references import compare_named
from services.audit.projections.rows import (
    compare_corrections,
    compare_owners,
    compare_premises,
    compare_ranges,
)
from services.audit.sampling import SampleRequest, compare_sample, draw
from services.audit.stored_ledger import LedgerReader
from services.audit.tags import TagSubjects, compare_tag
from services.audit.tasks import compare_tasks
from services.audit.trials import compare_trials
from services.ledger.recorder_store import ledger_identity
from services.storage.database import Database
from services.storage.models import LedgerLeaf
from services.storage.sending_right import is_original

STATE = "tables of state against the journal: --projections"
_BEFORE = "rows of records before the checkpoint, and events that were filed before"
_CHAIN = "the chain's records before the checkpoint, over which it has the root that you hold"
_PROGRAMMES = "programmes, their approvals and trials; offices, phones, helpers and tokens"
_TREE = "tree nodes and roots of other records"
_ROOT = "whether the chain had another root at the checkpoint: give it as SIZE:ROOT"
_STANDS_FOR = "what the number stands for: the database alone says so"
_OTHERS = "rows of other records, and what is in the database alone"

_STEPS = (
    compare_named,
    compare_animals,
    compare_places,
    compare_premises,
    compare_corrections,
    compare_ranges,
    compare_permits,
    compare_permit_uses,
    compare_outbreaks,
    compare_orders,
    compare_censuses,
    compare_owners,
)


class Auditor:
    """Compares one database with one ledger."""

    def __init__(self, database: Database, ledger: LedgerReader, logs: LogReader) -> None:
        self._database = database
        self._ledger = ledger
        self._logs = logs

    def audit(
        self,
        progress: Callable[[int, int], None] = lambda _done, _size: None,
        *,
        projections: bool = False,
    ) -> AuditReport:
        """Compare everything; with `projections` also the tables of state with the journal.

        `progress` is called with records done and records in all.
        """
        with self._begun() as (session, report):
            self._walk(session, FROM_THE_FIRST, report, progress)
            for step in (
                compare_journal,
                compare_programmes,
                compare_trials,
                compare_parties,
                compare_tasks,
                compare_extra_nodes,
            ):
                with tolerating(report):
                    step(session, report)
            with tolerating(report):
                report.flags.extend(read_flags(session))
            if projections:
                compare_projections(session, report)
            else:
                report.not_checked.append(STATE)
        return report

    def audit_since(
        self, held: HeldCheckpoint, progress: Callable[[int, int], None] = lambda _done, _size: None
    ) -> AuditReport:
        """Check that the chain goes on from a checkpoint, and compare what came after it."""
        with self._begun() as (session, report):
            report.scope = {"since": held.size, "root": held.root.hex() if held.root else None}
            report.not_checked += [_BEFORE, _PROGRAMMES, STATE]
            if held.root is None:
                report.not_checked.append(_ROOT)
            self._walk(session, held, report, progress)
            with tolerating(report):
                first = _first_event(session, held.size)
                compare_journal(session, report, lambda key: key >= first)
        return report

    def audit_sample(self, sample: SampleRequest) -> AuditReport:
        """Compare records that are drawn by a seed, each with its path to the newest root."""
        with self._begun() as (session, report):
            among = report.size if sample.among is None else sample.among
            newest = Checkpoint(report.size, self._ledger.root_at(report.size) or b"")
            indexes = draw(sample.records, sample.seed, min(among, report.size))
            report.scope = {
                "seed": sample.seed.hex(),
                "among": among,
                "sample": indexes,
                "root": newest.root.hex(),
            }
            report.not_checked += [_OTHERS, _TREE, _PROGRAMMES, STATE]
            if among > report.size:
                _note_fewer(report, among)
            compare_sample(session, self._logs, indexes, (newest, report))
        return report

    def audit_subject(self, subject: bytes) -> AuditReport:
        """Compare the records of one subject alone: no tree, no roots."""
        return self.audit_tag(TagSubjects(subject, subject))

    def audit_tag(self, tag: TagSubjects) -> AuditReport:
        """Compare the records of what a tag stands for, by itself and by the database."""
        with self._begun(tag.subjects) as (session, report), tolerating(report):
            report.not_checked += [_OTHERS, _TREE, STATE]
            if tag.own is None:
                report.not_checked.append(_STANDS_FOR)
            report.scope["subjects"] = {}
            for subject in tag.subjects:
                self._compare_subject(session, subject, report)
            compare_tag(session, tag, report)
        return report

    def _compare_subject(self, session: Session, subject: bytes, report: AuditReport) -> None:
        theirs = LedgerLeaf.subject == subject
        stored = by_index(session, and_(theirs, LedgerLeaf.index < report.size))
        logged = {
            found.index: found.leaf
            for found in self._logs.by_subject(subject)
            if found.index < report.size
        }
        report.scope["subjects"][subject.hex()] = len(logged)
        for index in stored.keys() - logged.keys():
            report.add(Difference.ALTERED, index, "the chain has another subject there")
        stored |= by_index(session, LedgerLeaf.index.in_(logged.keys() - stored.keys()))
        for index, leaf in logged.items():
            compare_leaf(session, index, leaf, (stored.get(index), report))
        report.records += len(logged)
        compare_claims(session, self._ledger.size(), holds(theirs), report)
        compare_waiting(session, and_(theirs, on_the_way(report)), report)
        compare_programmes(session, report, subject)
        for code in programmes_of(session, subject):
            compare_trials(session, report, code)
        report.flags.extend(read_flags(session, subject))

    @contextmanager
    def _begun(
        self, subjects: Sequence[bytes | None] = (None,)
    ) -> Iterator[tuple[Session, AuditReport]]:
        # Read the size first: every record on the chain by then is in the database already.
        report = AuditReport(size=self._ledger.size())
        with self._database.read(idles=True) as session:
            known = ledger_identity(session)
            if known is not None:
                require_same(known, self._ledger.identity())
            report.original = is_original(session)
            for subject in subjects:
                with tolerating(report):
                    compare_erasures(session, report, subject)
            yield session, report

    def _walk(
        self,
        session: Session,
        held: HeldCheckpoint,
        report: AuditReport,
        progress: Callable[[int, int], None],
    ) -> None:
        """Compare the chain's batches, and what the database says of batches beside."""
        tree = known_tree(session, self._ledger, held)
        if tree.size:
            report.not_checked.append(_CHAIN)
        walk = BatchComparison(session, held, report, tree)
        walk.go(self._logs.batches(tree.size), progress)
        with tolerating(report):
            compare_claims(session, self._ledger.size(), true(), report)
            walk.compare_batches()
            compare_indexes(session, report)
        with tolerating(report):
            compare_waiting(session, on_the_way(report), report)


def _first_event(session: Session, size: int) -> int:
    """Return the journal key from which on events have records at or after index `size`."""
    later = or_(LedgerLeaf.index >= size, LedgerLeaf.index.is_(None))
    first = session.scalar(select(func.min(LedgerLeaf.journal_id)).where(later))
    if first is None:
        first = (session.scalar(select(func.max(LedgerLeaf.journal_id))) or 0) + 1
    return first


def _note_fewer(report: AuditReport, among: int) -> None:
    report.add(
        Difference.HISTORY_REWRITTEN,
        None,
        f"the chain has {report.size} records, fewer than the {among} that were noted",
    )


# The audit of the ledger shows that the journal is what was recorded. What the program answers with
# is something else: rows that it made of the events, such as where a pig is and whose it is. Here
# they are made again from the journal, by the same fold that made them, and compared. Nothing is
# written. What cannot be made again is listed in `services.audit.projections.coverage`.


def compare_projections(session: Session, report: AuditReport) -> None:
    """Compare the tables of state with what the journal gives.

    The session reads one state of the database, beside which others may write. What erased events
    touched goes to `not_comparable`.
    """
    for step in _STEPS:
        with tolerating(report, where=f"what {step.__name__} reads"):
            step(session, report)
