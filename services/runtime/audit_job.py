"""The job that does the audit that somebody asked for, and keeps its lease meanwhile."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager

from chain.errors import ChainError
from services.audit.comparison import Auditor
from services.audit.findings import AuditReport
from services.audit.runs import (
    HeldRun,
    RunWanted,
    end_run,
    fail_run,
    give_back,
    note_progress,
    take_run,
)
from services.core.error_logging import log_exception
from services.core.errors import ServiceError
from services.core.heartbeat import beating
from services.runtime.container import Runtime
from services.storage.models import AuditRun

_LOG = logging.getLogger("bilum.worker")

BEAT_SECONDS = 5.0
"""How often progress is noted and the lease kept."""


def audit_asked(runtime: Runtime, over: Callable[[], bool]) -> None:
    """Do the audit that waits, if there is one."""
    with runtime.database.read() as session:
        if not session.query(AuditRun.id).filter(AuditRun.ended_at.is_(None)).first():
            return
    with runtime.database.write() as session:
        held = take_run(session, runtime.clock())
    if held is None:
        return
    progress = Progress(over)
    try:
        with keeping(runtime, held, progress):
            report = _audit(runtime, held.wanted, progress)
    except InterruptedError:
        with runtime.database.write() as session:
            give_back(session, held.id)
        return
    except (ServiceError, ChainError) as error:
        _fail(runtime, held, error.detail)
        return
    except Exception as error:  # noqa: BLE001 — one that always ends so would be begun for ever
        log_exception(_LOG, "an audit could not be done", error)
        _fail(runtime, held, "The program met a fault: it is in the worker's log")
        return
    with runtime.database.write() as session:
        end_run(session, held.id, report, runtime.clock())


class Progress:
    """Records done and in all; it raises when the worker must end."""

    def __init__(self, over: Callable[[], bool]) -> None:
        self._over = over
        self.told = (0, 0)

    def __call__(self, done: int, size: int) -> None:
        """Take what was done so far.

        Raises:
            InterruptedError: the worker must end.
        """
        self.told = (done, size)
        if self._over():
            raise InterruptedError("the worker must end")


def keeping(runtime: Runtime, held: HeldRun, progress: Progress) -> AbstractContextManager[None]:
    """Keep the lease of an audit meanwhile, and note its progress: some steps take minutes."""

    def beat() -> None:
        with runtime.database.write(exclusive=False) as session:
            note_progress(session, held.id, progress.told, runtime.clock())

    return beating("audit lease", BEAT_SECONDS, beat)


def _audit(runtime: Runtime, wanted: RunWanted, progress: Progress) -> AuditReport:
    from chain.connection import connect  # noqa: PLC0415 — its libraries load for a second

    with connect(runtime.settings.chain, write=False) as chain:
        auditor = Auditor(runtime.database, chain.ledger, chain.logs)
        if wanted.sample is not None:
            return auditor.audit_sample(wanted.sample)
        return auditor.audit(progress, projections=wanted.projections)


def _fail(runtime: Runtime, held: HeldRun, why: str) -> None:
    with runtime.database.write() as session:
        fail_run(session, held.id, why, runtime.clock())
