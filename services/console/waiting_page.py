"""Page of what waits for a decision of whoever is signed in."""

from flask import Response

from services.api.context import context
from services.console.blueprint import ConsoleBlueprint, MenuEntry
from services.console.guards import SignedIn
from services.console.pages import show
from services.console.waiting import DECIDERS, waiting_groups
from services.core.roles import Role, Scope

blueprint = ConsoleBlueprint(
    "waiting", "What waits for me.", MenuEntry("waiting", "/waiting", (Role.PLANNER, Role.APPROVER))
)


@blueprint.route("/waiting", guard=SignedIn(*DECIDERS), scope=Scope.READ)
def waiting() -> Response:
    """See what waits for one's decision, or was sent back to be mended."""
    here = context()
    with here.database.read() as session:
        return show("waiting.html", groups=waiting_groups(session, here.clock()))
