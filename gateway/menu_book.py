"""All menus of all services, joined below one first screen; pure."""

from collections.abc import Iterable, Mapping

from gateway.errors import BadMenuBook
from gateway.form_filling import FormFiller
from gateway.grammar import Phrase
from gateway.menu_check import DeclaredMenus, faults_of
from gateway.menus import Form, Menu, Menus, Screen, ScreenAlphabet, SharedWords
from gateway.ussd_state import State

HOME = "home"
"""Code of the first screen."""


class MenuBook:
    """The screens that one program has.

    Args:
        menus: of each service, in the order of the first screen's lines.
        phrases: that forms may say; of two with one code the first counts, as it does by SMS.
        signs: words of all screens.
        writing: the alphabet.
        fillers: words that mean nothing in an answer.

    Raises:
        BadMenuBook: with every fault, see `gateway.menu_check`.
    """

    def __init__(
        self,
        menus: Iterable[Menus],
        phrases: Iterable[Phrase],
        signs: SharedWords,
        writing: ScreenAlphabet,
        fillers: Iterable[str] = (),
    ) -> None:
        services, fillers = tuple(menus), tuple(fillers)
        home = Menu(HOME, signs.title, tuple(line for one in services for line in one.entry))
        every = (home, *(screen for one in services for screen in one.screens))
        said = {screen.phrase for screen in every if isinstance(screen, Form)}
        known: dict[str, Phrase] = {}
        for phrase in phrases:
            known.setdefault(phrase.code, phrase)
        self.blanks = {code: FormFiller(known[code], fillers) for code in said if code in known}
        self.screens: Mapping[str, Screen] = {screen.code: screen for screen in every}
        self.signs = signs
        self.writing = writing
        faults = faults_of(DeclaredMenus(every, self.blanks, signs, writing))
        if faults:
            raise BadMenuBook("the menus cannot work: " + "; ".join(faults))

    def screen(self, state: State) -> Screen:
        """Return the screen that a state is on."""
        return self.screens[state.code or HOME]
