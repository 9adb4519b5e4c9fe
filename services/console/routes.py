"""Every page of the console, and what an application needs for them."""

from flask import Flask
from flask_wtf.csrf import CSRFError

from services.api.problems import show_problems
from services.console import assets, invitations, my_account, search, signing_in, task_pages
from services.console.blueprint import ConsoleBlueprint, csrf
from services.console.browser_session import PREFIX, BrowserSessions
from services.console.errors import SignInNeeded
from services.console.pages import show_error

BLUEPRINTS: tuple[ConsoleBlueprint, ...] = (
    signing_in.blueprint,
    invitations.blueprint,
    my_account.blueprint,
    task_pages.blueprint,
    search.blueprint,
    assets.blueprint,
)

for _blueprint in BLUEPRINTS:
    _blueprint.errorhandler(SignInNeeded)(signing_in.ask_to_sign_in)
    _blueprint.errorhandler(CSRFError)(signing_in.ask_again)


def set_up(app: Flask) -> None:
    """Let an application keep browsers apart, check forms, and show errors as pages."""
    # Only the console's blueprints check: the API is called with tokens.
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=None)
    app.config.update(SESSION_COOKIE_PATH="/", SESSION_REFRESH_EACH_REQUEST=False)
    app.session_interface = BrowserSessions()
    csrf.init_app(app)
    show_problems(app, PREFIX, show_error)
