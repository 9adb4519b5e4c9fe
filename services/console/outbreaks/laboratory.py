"""Pages of samples and their results, of one outbreak."""

from http import HTTPStatus

from flask import Response, abort, request
from sqlalchemy.orm import Session

from services.api.context import context
from services.api.idempotency import Work
from services.console.blueprint import ConsoleBlueprint, go_to, once
from services.console.browser_session import PREFIX
from services.console.outbreaks.fields import ACT, Wrong, day_field, typed_all
from services.console.pages import show
from services.core.errors import Invalid, ServiceError
from services.core.roles import Scope
from services.livestock.api.common import reporter_of
from services.livestock.control.outbreak_samples import samples_of
from services.livestock.control.outbreaks import find_outbreak
from services.livestock.control.results import TakenSample, find_samples
from services.livestock.domain.model import EventType, write_key
from services.livestock.queries.premises import number_of
from services.livestock.recording.lookup import known_premises
from services.livestock.reporting.event_reader import EventInput
from services.livestock.reporting.reporting import report_one
from services.livestock.sms_commands.laboratory import sample_number
from sms.local_time import local_day

SPECIMENS = ("blood", "swab", "tissue", "other")
OUTCOMES = ("positive", "negative", "inconclusive", "unfit")
_SAMPLE, _RESULT = "/outbreaks/<number>/sample", "/outbreaks/<number>/result"
_LONGEST, _MOST = 64, 20

blueprint = ConsoleBlueprint("laboratory", "Samples and results.")


@blueprint.route(_SAMPLE, guard=ACT, scope=Scope.REPORT)
def new_sample(number: str) -> Response:
    """Fill a sample in."""
    here = context()
    with here.database.read() as session:
        row = find_outbreak(session, number)
        place = request.args.get("place") or number_of(session, row.index_premises_id) or ""
    told = {"premises": place[:_LONGEST], "on": local_day(here.clock()).isoformat()}
    return _sample_form(number, told | {"specimen": SPECIMENS[0]})


@blueprint.route(_SAMPLE, methods=["POST"], guard=ACT, scope=Scope.REPORT)
@once
def sampled(work: Work, number: str) -> Response:
    """Record a sample that was taken."""
    row = find_outbreak(work.session, number)
    told = typed_all("premises", "sample", "specimen", "animals", "on", "on_sure")
    wrong = _sample_faults(work.session, told, work)
    day = day_field("on", wrong, "outbreaks_wrong_day")
    if wrong:
        abort(_sample_form(number, told, wrong))
    details = {
        "specimen": told["specimen"],
        "sample": told["sample"].upper(),
        "disease": row.disease,
    }
    event: EventInput = {
        "type": EventType.SAMPLE.value,
        "animals": told["animals"].replace(",", " ").split(),
        "premises": told["premises"],
        "other": None,
        "occurred": {"at": day.isoformat()},
        "details": details,
    }
    try:
        report_one(reporter_of(work), event)
    except Invalid as error:
        abort(_sample_form(number, told, _faults(error)))
    return go_to(f"{PREFIX}/outbreaks/{number}#samples")


@blueprint.route(_RESULT, guard=ACT, scope=Scope.REPORT)
def new_result(number: str) -> Response:
    """Fill a laboratory's result in."""
    here = context()
    today = local_day(here.clock())
    told = {"sample": request.args.get("sample", "")[:_LONGEST], "on": today.isoformat()}
    with here.database.read() as session:
        return _result_form(session, number, told)


@blueprint.route(_RESULT, methods=["POST"], guard=ACT, scope=Scope.REPORT)
@once
def found(work: Work, number: str) -> Response:
    """Record what a laboratory found; a positive result confirms the outbreak and alarms."""
    session, wrong = work.session, Wrong()
    told = typed_all("sample", "outcome", "laboratory", "method", "on", "on_sure")
    day = day_field("on", wrong, "outbreaks_wrong_day")
    taken = find_samples(session, told["sample"], local_day(work.now)) if told["sample"] else []
    if not taken:
        wrong["sample"] = "outbreaks_wrong_unknown_sample"
    if told["outcome"] not in OUTCOMES:
        wrong["outcome"] = "outbreaks_wrong_outcome"
    if wrong:
        abort(_result_form(session, number, told, wrong))
    try:
        report_one(reporter_of(work), _result(session, number, (taken[0], day.isoformat()), told))
    except Invalid as error:
        abort(_result_form(session, number, told, _faults(error)))
    return go_to(f"{PREFIX}/outbreaks/{number}#samples")


def _result(
    session: Session, number: str, of: tuple[TakenSample, str], told: dict[str, str]
) -> EventInput:
    (taken, day), row = of, find_outbreak(session, number)
    named = {name: told[name] for name in ("laboratory", "method") if told[name]}
    place = (
        write_key(taken.premises) if taken.premises else number_of(session, row.index_premises_id)
    )
    return {
        "type": EventType.RESULT.value,
        "animals": [write_key(one) for one in taken.animals],
        "premises": place,
        "other": None,
        "occurred": {"at": day},
        "details": {
            "sample": taken.number,
            "disease": row.disease,
            "outcome": told["outcome"],
            **named,
        },
    }


def _sample_faults(session: Session, told: dict[str, str], work: Work) -> Wrong:
    wrong: Wrong = {}
    read = sample_number(told["sample"])
    if read is None or read.value != told["sample"].upper():
        wrong["sample"] = "outbreaks_wrong_sample"
    elif find_samples(session, told["sample"], local_day(work.now)):
        wrong["sample"] = "outbreaks_wrong_sample_taken"
    if told["specimen"] not in SPECIMENS:
        wrong["specimen"] = "outbreaks_wrong_specimen"
    try:
        known_premises(session, told["premises"])
    except ServiceError:
        wrong["premises"] = "outbreaks_wrong_place"
    return wrong


def _faults(error: Invalid) -> Wrong:
    """Return the faults of an event by the fields of the form."""
    codes = {
        "animals": "outbreaks_wrong_animals",
        "occurred": "outbreaks_wrong_future",
        "laboratory": "outbreaks_wrong_text",
        "method": "outbreaks_wrong_text",
    }
    known = {"occurred": "on"}
    found = {known.get(name, name): codes[name] for name in error.fields if name in codes}
    if not found:
        raise error
    return found


def _sample_form(number: str, told: dict[str, str], wrong: Wrong | None = None) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    return show(
        "outbreaks/sample.html",
        status,
        number=number,
        told=told,
        wrong=wrong,
        specimens=SPECIMENS,
    )


def _result_form(
    session: Session, number: str, told: dict[str, str], wrong: Wrong | None = None
) -> Response:
    row = find_outbreak(session, number)
    lines = samples_of(session, row, local_day(context().clock()))
    waiting = [one.number for one in lines if one.day and not one.findings][:_MOST]
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    return show(
        "outbreaks/result.html",
        status,
        number=number,
        row=row,
        told=told,
        wrong=wrong,
        waiting=waiting,
        outcomes=OUTCOMES,
    )
