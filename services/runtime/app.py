"""The web server: Flask, with every feature's routes. A composition root."""

from functools import partial
from threading import Event

from flask import Flask
from flask.json.provider import DefaultJSONProvider

from services.api import description, health, token_routes
from services.api.addresses import bound_numbers
from services.api.context import EXTENSION, Context
from services.api.description import make_api
from services.api.limits import RateLimits
from services.api.metrics import Metrics, log_access
from services.api.problems import handle_problems
from services.audit import routes as audit
from services.audit.api import accesses, audits, receipts, verifier
from services.console import routes as console
from services.devices.api import enrolment
from services.devices.api.signed_calls import device_blueprints
from services.health.api import (
    campaigns,
    concerns,
    dhis2,
    drafts,
    imports,
    indicator_targets,
    indicators,
    people,
    programmes,
    recalls,
    subscriptions,
    trials,
)
from services.ledger.probe import LedgerProbe, check_ledger
from services.livestock.api import (
    animals,
    censuses,
    cover,
    decisions,
    events,
    groups,
    movements,
    orders,
    outbreaks,
    owners,
    parties,
    permits,
    premises,
    roadblocks,
    tags,
    traces,
    transfers,
    woah,
)
from services.livestock.standards import routes as standards
from services.messaging.api import (
    africastalking,
    channels,
    inbox,
    kannel,
    messages,
    tasks,
    twilio,
    ussd,
)
from services.messaging.ussd.session_step import UssdExchange
from services.passport import routes as passport
from services.runtime.command_catalogue import keywords
from services.runtime.container import Runtime
from services.runtime.metrics import LedgerMetrics, StoredMetrics
from services.scan import routes as scan
from services.simulator import routes as simulator
from services.village import routes as village
from services.village.api import devices

# An SMS of ten segments is a few kilobytes as a form.
_LONGEST_BODY = 64 * 1024

_BLUEPRINTS = (
    twilio.blueprint,
    kannel.blueprint,
    africastalking.blueprint,
    enrolment.blueprint,
    ussd.blueprint,
    *(
        module.blueprint
        for module in (
            animals,
            owners,
            tags,
            transfers,
            groups,
            premises,
            parties,
            events,
            movements,
            traces,
        )
    ),
    audit.blueprint,
    receipts.blueprint,
    accesses.blueprint,
    audits.blueprint,
    verifier.blueprint,
    passport.blueprint,
    permits.blueprint,
    roadblocks.blueprint,
    cover.blueprint,
    decisions.blueprint,
    orders.blueprint,
    orders.notices,
    censuses.blueprint,
    outbreaks.blueprint,
    woah.blueprint,
    programmes.blueprint,
    drafts.blueprint,
    recalls.blueprint,
    concerns.on_call,
    subscriptions.blueprint,
    people.blueprint,
    imports.blueprint,
    concerns.blueprint,
    inbox.blueprint,
    tasks.blueprint,
    campaigns.blueprint,
    indicators.blueprint,
    indicator_targets.blueprint,
    dhis2.blueprint,
    trials.blueprint,
    standards.epcis,
    standards.icar,
    messages.blueprint,
    channels.blueprint,
    token_routes.blueprint,
    devices.blueprint,
    village.blueprint,
    scan.blueprint,
    simulator.blueprint,
    *console.BLUEPRINTS,
    description.blueprint,
    health.blueprint,
)

_DEVICE_FEATURES = {
    "readers": "Sessions of RFID readers: docs/readers.md.",
    "village": "Boxes of villages.",
}


class _Json(DefaultJSONProvider):
    """Members in the order in which they are declared, text as it is."""

    sort_keys = False
    ensure_ascii = False


def create_app(runtime: Runtime, ending: Event | None = None) -> Flask:
    """Make the WSGI application on a program that is open; it reads no environment.

    Args:
        runtime: the program.
        ending: set once it was told to end; None: it is not told.
    """
    app = Flask(__name__, static_folder=None)
    app.config.update(DEBUG=False, MAX_CONTENT_LENGTH=_LONGEST_BODY)
    app.json = _Json(app)
    here = app.extensions[EXTENSION] = _context(runtime, ending or Event())
    https = (here.gateway.public_url or "").startswith("https:")
    log_access(app, here.metrics.requests, https=https)
    handle_problems(app)
    bound_numbers(app)
    console.set_up(app)
    api = make_api(app)
    of_devices = device_blueprints(app, runtime.device_calls, _DEVICE_FEATURES)
    for blueprint in (*_BLUEPRINTS, *of_devices):
        api.register_blueprint(blueprint)
    return app


def _context(runtime: Runtime, ending: Event) -> Context:
    settings, store = runtime.settings, runtime.recorder_store
    probe = LedgerProbe(partial(check_ledger, settings.chain, store.identity))
    return Context(
        gateway=settings.gateway,
        database=runtime.database,
        clock=runtime.clock,
        units=runtime.units,
        answer=runtime.conversation.answer,
        turn=partial(UssdExchange, screens_of=runtime.conversation.screens),
        recorder=store,
        dispatch=runtime.dispatch_store,
        ledger=probe,
        metrics=Metrics(
            StoredMetrics(runtime.database, store, runtime.clock, settings),
            LedgerMetrics(probe),
        ),
        sms=settings.sms,
        keywords=keywords(),
        standstill_days=settings.standstill_days,
        permit_provinces=settings.permit_provinces,
        limits=RateLimits(settings.api_rate),
        development=settings.development,
        settings=settings,
        ending=ending,
    )
