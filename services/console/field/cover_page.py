"""People and devices: which province has nobody, whom no text reaches, and what is silent."""

from flask import Response

from services.api.context import context
from services.console.blueprint import ConsoleBlueprint, MenuEntry
from services.console.field.common import ON_DUTY
from services.console.field.people import people
from services.console.pages import show
from services.core.roles import Role, Scope
from services.livestock.queries.cover import read_cover

_MENU = MenuEntry("field_cover", "/cover", (Role.VETERINARY_OFFICER, Role.ADMINISTRATOR))

blueprint = ConsoleBlueprint("cover", "People and devices.", _MENU)


@blueprint.route("/cover", guard=ON_DUTY, scope=Scope.PEOPLE)
def cover() -> Response:
    """See who and what is missing, and whom to call about it."""
    here = context()
    # Names and numbers are shown, so each reading is noted.
    with here.database.write(exclusive=False) as session:
        found = read_cover(session, here.clock())
        keys = [one.party_id for one in found.dead_phones] + [one.owner_id for one in found.silent]
        named = people(session, keys)
    without = {
        "officers": [one.province for one in found.provinces if not one.officers],
        "inspectors": [one.province for one in found.provinces if not one.inspectors],
    }
    return show("field/cover.html", cover=found, people=named, without=without)
