"""The menus of a running program: every service's, in the order of the first screen's lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.messaging.menus import menus as of_messages
from services.programmes.talking.menus import menus as of_programmes
from services.traceability.menus import PIGS, WORK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.menus import Menus
    from services.programmes.talking.published import Published


def every_menu(
    programmes: Mapping[str, Published], *, members: bool, works: bool
) -> tuple[Menus, ...]:
    """Return what one person sees; see also `services.talk.make_conversation`.

    Args:
        programmes: that are open.
        members: whether anybody is in a course, be it open or withdrawn.
        works: whether the person has to do with other people's pigs:
            `services.traceability.menus.WORKERS`.
    """
    health = of_programmes(programmes, members=members)
    work = (WORK,) if works else ()
    return (PIGS, health, of_messages(calls=bool(health.entry)), *work)
