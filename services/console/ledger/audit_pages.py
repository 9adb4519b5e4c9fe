"""Pages of audits: asking the worker for one, its progress, and the verdict first."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response, abort, g, request
from marshmallow import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.api.context import context
from services.api.idempotency import Work
from services.api.paging import Page, read_newest
from services.audit.api.audits import AuditWantedSchema, run_views, wanted_of
from services.audit.findings import Difference
from services.audit.runs import ask_for_run, find_run
from services.console.blueprint import ConsoleBlueprint, go_to, once
from services.console.browser_session import PREFIX
from services.console.ledger.common import AUDITORS
from services.console.lists import asked_page, further
from services.console.pages import show
from services.core.errors import AuditGoesOn
from services.core.roles import Scope
from services.storage.models import AuditRun

_LIST = "/ledger/audits"
_FIELDS = ("kind", "sample", "seed", "among")

blueprint = ConsoleBlueprint("ledger_audits", "Audits.")


@blueprint.route(_LIST, guard=AUDITORS, scope=Scope.READ)
def audits() -> Response:
    """See the audits that were done here, the newest first, and ask for one."""
    with context().database.read() as session:
        return _shown(session)


@blueprint.route(_LIST, methods=["POST"], guard=AUDITORS, scope=Scope.REPORT)
@once
def asked(work: Work) -> Response:
    """Ask the worker for an audit."""
    typed = {name: request.form.get(name, "").strip() for name in _FIELDS}
    try:
        wanted = wanted_of(_loaded(typed))
        public_id = ask_for_run(work.session, wanted, g.party_id, work.now)
    except ValidationError as error:
        wrong = {field: f"ledger_wrong_{field}" for field in error.messages_dict}
        abort(_shown(work.session, typed, wrong))
    except AuditGoesOn:
        abort(_shown(work.session, typed, {"kind": "ledger_audit_goes_on"}))
    return go_to(f"{PREFIX}{_LIST}/{public_id}")


@blueprint.route(f"{_LIST}/<uuid:audit_id>", guard=AUDITORS, scope=Scope.READ)
def audit(audit_id: UUID) -> Response:
    """See one audit: the verdict first, or how far it is."""
    with context().database.read() as session:
        [one] = run_views(session, [find_run(session, audit_id)])
    return show("ledger/audit.html", one=one, report=one["report"], findings=_FINDINGS)


def _loaded(typed: Mapping[str, str]) -> Mapping[str, Any]:
    """Read the form as the API reads its body.

    Raises:
        ValidationError: it names each wrong field.
    """
    body: dict[str, object] = {"projections": typed["kind"] == "projections"}
    if typed["kind"] == "sample":
        body = {name: typed[name] for name in ("sample", "seed", "among") if typed[name]}
        body.setdefault("sample", "")
        body.setdefault("seed", "")
    loaded: Mapping[str, Any] = AuditWantedSchema().load(body)
    return loaded


def _shown(
    session: Session,
    typed: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
) -> Response:
    page: Page = read_newest(session, select(AuditRun), AuditRun.id, asked_page())
    rows = run_views(session, page.rows)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    return show(
        "ledger/audits.html",
        status,
        rows=rows,
        busy=any(row["ended_at"] is None for row in rows),
        kept=typed or {"kind": "whole"},
        wrong=wrong,
        more=further(page.cursor, {}),
    )


_FINDINGS: Mapping[str, str] = {
    Difference.ALTERED.value: "ledger_finding_altered",
    Difference.MISSING_ON_CHAIN.value: "ledger_finding_missing_on_chain",
    Difference.MISSING_IN_DATABASE.value: "ledger_finding_missing_in_the_database",
    Difference.CONTENT_LOST.value: "ledger_finding_content_lost",
    Difference.REORDERED.value: "ledger_finding_reordered",
    Difference.WRONG_ROOT.value: "ledger_finding_wrong_root",
    Difference.WRONG_NODE.value: "ledger_finding_wrong_node",
    Difference.NOT_ERASED.value: "ledger_finding_not_erased",
    Difference.WRONG_PROJECTION.value: "ledger_finding_wrong_projection",
    Difference.HISTORY_REWRITTEN.value: "ledger_finding_history_rewritten",
    Difference.SENT_AFTER_RECALL.value: "ledger_finding_sent_after_its_recall",
}
