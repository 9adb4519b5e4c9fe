"""Each way is gone twice: by a reader of English at a computer, and of Tok Pisin at a phone.

The phone runs no scripts. Together they see both languages and both screens, and send each form
that changes something without scripts, at the cost of two ways in place of four.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tests.services.console.sentences import ENGLISH
from tests.services.console.walk import TOK_PISIN, Walk
from tests.support.chromium import open_page
from tests.support.web import on_socket

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser

    from tests.services.world import World

AnyWalk = TypeVar("AnyWalk", bound=Walk)

PASSES = ((1280, True, ENGLISH), (360, False, TOK_PISIN))
"""Width of the screen in pixels, whether scripts run, and the language of the reader."""


def both_ways(
    kind: type[AnyWalk], browser: Browser, world: World, go: Callable[[AnyWalk], object]
) -> None:
    """Go one way after the other, in one world."""
    with on_socket(world.app) as base:
        for width, scripts, language in PASSES:
            with open_page(browser, width, scripts=scripts) as page:
                go(kind(page, base, world, None, scripts, scripts, language))
