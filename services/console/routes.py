"""Every page of the console, and what an application needs for them."""

from flask import Flask
from flask_wtf.csrf import CSRFError

from gateway.errors import KeyConflict
from services.api.problems import show_problems
from services.console import (
    assets,
    invitations,
    ministry_sign_in,
    my_account,
    outbreaks,
    search,
    signing_in,
    task_pages,
    waiting_page,
)
from services.console.administration import (
    change_pages,
    channel_pages,
    device_pages,
    doctor_page,
    message_pages,
    people_pages,
    token_pages,
)
from services.console.blueprint import ConsoleBlueprint, csrf
from services.console.browser_session import PREFIX, BrowserSessions
from services.console.campaigns import BLUEPRINT as CAMPAIGNS
from services.console.concerns import BLUEPRINT as CONCERNS
from services.console.errors import SignInNeeded
from services.console.field import animal_pages, cover_page, permit_pages, place_pages, roadblock
from services.console.front import pages as front
from services.console.indicators import (
    dhis2_link_pages,
    dhis2_pages,
    figure_pages,
    target_pages,
)
from services.console.ledger import (
    audit_pages,
    consistency_page,
    history_pages,
    overview,
    receipt_page,
    record_pages,
)
from services.console.pages import show_error
from services.console.people import changes, import_pages, people_list, person
from services.console.programmes.blueprints import PROGRAMMES

BLUEPRINTS: tuple[ConsoleBlueprint, ...] = (
    front.blueprint,
    signing_in.blueprint,
    ministry_sign_in.blueprint,
    invitations.blueprint,
    my_account.blueprint,
    waiting_page.blueprint,
    roadblock.blueprint,
    task_pages.blueprint,
    CONCERNS,
    permit_pages.blueprint,
    cover_page.blueprint,
    animal_pages.blueprint,
    place_pages.blueprint,
    figure_pages.blueprint,
    target_pages.blueprint,
    dhis2_pages.blueprint,
    dhis2_link_pages.blueprint,
    *PROGRAMMES,
    CAMPAIGNS,
    search.blueprint,
    people_list.blueprint,
    person.blueprint,
    changes.blueprint,
    overview.blueprint,
    receipt_page.blueprint,
    record_pages.blueprint,
    consistency_page.blueprint,
    history_pages.blueprint,
    audit_pages.blueprint,
    *(
        page.blueprint
        for page in (
            channel_pages,
            message_pages,
            people_pages,
            token_pages,
            device_pages,
            doctor_page,
            change_pages,
        )
    ),
    import_pages.blueprint,
    *outbreaks.BLUEPRINTS,
    assets.blueprint,
)

for _blueprint in BLUEPRINTS:
    _blueprint.errorhandler(SignInNeeded)(signing_in.ask_to_sign_in)
    _blueprint.errorhandler(CSRFError)(signing_in.ask_again)
    _blueprint.errorhandler(KeyConflict)(signing_in.ask_whether_anew)


def set_up(app: Flask) -> None:
    """Let an application keep browsers apart, check forms, and show errors as pages."""
    # Only the console's blueprints check: the API is called with tokens.
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=None)
    app.config.update(SESSION_COOKIE_PATH="/", SESSION_REFRESH_EACH_REQUEST=False)
    app.session_interface = BrowserSessions()
    csrf.init_app(app)
    show_problems(app, PREFIX, show_error)
