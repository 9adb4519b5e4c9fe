"""Page of `bilum doctor`: what is wrong, what to mind, and what to do about it."""

from collections.abc import Mapping

from flask import Response

from services.api.context import Context, context
from services.console.administration.common import ADMINISTRATORS
from services.console.blueprint import ConsoleBlueprint
from services.console.pages import show
from services.core.errors import NotInPlace
from services.core.roles import Scope
from services.doctor.checks import CHECKS, Check, DoctorFinding, Weight, examine
from services.doctor.installation import Installation
from services.doctor.warnings import WEB_ENVIRONMENT

blueprint = ConsoleBlueprint("admin_doctor", "Checks of the installation.")


@blueprint.route("/administration/doctor", guard=ADMINISTRATORS, scope=Scope.READ)
def doctor() -> Response:
    """See what is not in place, and what to do."""
    here = context()
    found = list(examine(here, WEB_ENVIRONMENT, _checks(here)))
    groups = {weight: [one for one in found if one.weight is weight] for weight in _ORDER}
    return show("administration/doctor.html", groups=groups, count=_count(groups))


def _checks(here: Context) -> Mapping[str, Check]:
    def ledger(_: Installation) -> str:
        chain = here.settings.chain
        if chain.url is None and not chain.embedded.exists():
            return CHECKS["ledger"](here)
        # A node that hangs would hold the page: the probe waits for three seconds.
        health = here.ledger.health()
        if not health.ok:
            raise NotInPlace(health.detail or "The ledger does not answer")
        return "the chain answers, and is the one that this database belongs to"

    # A process of the web holds no signing key: whether the worker's may record, the command says.
    own = {part: check for part, check in CHECKS.items() if part not in {"ledger", "signer"}}
    return own | {"ledger": ledger}


def _count(groups: Mapping[Weight, list[DoctorFinding]]) -> Mapping[str, int]:
    return {weight.value: len(found) for weight, found in groups.items()}


_ORDER = (Weight.WRONG, Weight.MIND, Weight.OK)
