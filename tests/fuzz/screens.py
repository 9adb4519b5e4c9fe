"""Keys on the menus of all services: whatever is typed, one screen comes, and 0 leads back."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from gateway.menu_book import MenuBook
from gateway.pages import LIMIT
from gateway.ussd import MenuMachine
from gateway.ussd_state import State
from services.livestock.sms_commands import FILLERS
from services.messaging.ussd.actions import screen_signs
from services.runtime.command_catalogue import every_menu
from services.texts.catalogue import LANGUAGES
from sms import encoding
from tests.fuzz.inputs import any_text
from tests.services.runtime.menus.books import COURSES, phrases_of, published

if TYPE_CHECKING:
    from collections.abc import Sequence

_DEEPEST = 60
# So that some get through a form: what its questions take.
_ANSWERS = st.sampled_from([*"1234567890", "00", "1262", "598000000000017", "yesterday", "Banz"])
INPUTS = st.tuples(
    st.lists(st.one_of(_ANSWERS, _ANSWERS, any_text), max_size=20), st.sampled_from(LANGUAGES)
)


def dial(given: tuple[Sequence[str], str]) -> None:
    """Press keys; each screen is of GSM-7 and within the limit, and 0 leads back from it."""
    keys, language = given
    machine, state = _machine(), State()
    for key in keys:
        state = machine.press(state, key, language).state
        shown = machine.show(state, language)
        assert encoding.units(shown) <= LIMIT
        assert encoding.plain(shown) == shown
        assert machine.fitted(State.read(state.text())) == state
    for _ in range(_DEEPEST):
        state = machine.press(state, "0", language).state
    assert state == State()


@cache
def _machine() -> MenuMachine:
    programmes = published(*COURSES)
    menus = every_menu(programmes, members=True, works=True)
    return MenuMachine(MenuBook(menus, phrases_of(programmes), screen_signs(), encoding, FILLERS))
