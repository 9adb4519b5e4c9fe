"""Drill of names: the resolver by which the hosts find carrier and node breaks, and is mended."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from deploy.lab.resolver import NameFault
from deploy.lab.rounds import STANDING_SECONDS, Round, Scene, finish
from deploy.lab.standstill import records, standing_still, texts, wait_until_moving

if TYPE_CHECKING:
    from deploy.lab.country import Country

_BROKEN_SECONDS = (20, 30)


def break_names(scene: Scene) -> Round:
    """Break the resolver for some seconds: reports are acknowledged, answers and records wait."""
    outside, crossing = scene.country.outside, (texts(scene), records(scene))
    resolver, gate = outside.resolver, outside.gate
    if resolver is None or gate is None:
        raise RuntimeError("this lab has no names")
    fault, seconds = scene.chance.choice([*NameFault]), scene.chance.randint(*_BROKEN_SECONDS)
    began = time.monotonic()
    resolver.break_down(fault)
    # Whoever kept a connection would not look a name up.
    gate.reload()
    with standing_still(*crossing):
        time.sleep(seconds)
        scene.crowd.wait_until_answered(STANDING_SECONDS)
    resolver.mend()
    wait_until_moving(*crossing)
    return finish(scene, f"names: {fault}", began, standing=False)


def mend_names(country: Country) -> None:
    """Mend the resolver, where there is one."""
    if country.outside.resolver:
        country.outside.resolver.mend()
