"""The screen of a state: what it says, in one language and one page at a time; pure."""

from collections.abc import Sequence
from typing import NamedTuple

from gateway.form_filling import FieldAnswer, asked_by
from gateway.menu_book import MenuBook
from gateway.menu_lines import keys_line, listed
from gateway.menus import Ask, Form, Menu
from gateway.pages import fits, lines, pages, squeeze
from gateway.ussd_state import State

_AROUND = ("back", "home")
_MORE = ("more", *_AROUND)
_NOTHING = "-"


class RenderedScreen(NamedTuple):
    """A screen as text: the whole body, and the names of the keys below its last page."""

    body: str
    keys: tuple[str, ...]


class ScreenRenderer:
    """Writes screens."""

    def __init__(self, book: MenuBook) -> None:
        self._book = book

    def show(self, state: State, language: str, notice: str = "") -> str:
        """Write the screen of a state: GSM-7, at most 182 septets, whatever it holds.

        Args:
            state: any that fits the book.
            language: one that the menus speak.
            notice: what is said above it, such as why the last answer cannot be read.
        """
        every = self.pages(state, language)
        page = min(state.page, len(every) - 1)
        last = page == len(every) - 1
        names = self._face(state, language).keys if last else _MORE
        keys = keys_line(self._book.signs, language, *names)
        return squeeze(self._book.writing, self._plain(notice), every[page], keys)

    def pages(self, state: State, language: str) -> tuple[str, ...]:
        """Cut a state's text into pages; a question always is one."""
        face, signs = self._face(state, language), self._book.signs
        if state.told is None and not _is_confirmation(self._book, state):
            return (face.body,)
        last = keys_line(signs, language, *face.keys)
        return pages(self._book.writing, face.body, last, keys_line(signs, language, *_MORE))

    def _face(self, state: State, language: str) -> RenderedScreen:
        body, keys = self._bare(state, language)
        return RenderedScreen(self._plain(body), keys)

    def _bare(self, state: State, language: str) -> RenderedScreen:
        told = state.told
        if told is not None:
            offered = ("by_sms",) if told.offered and not told.prompt else ()
            return RenderedScreen(lines(*told.texts), (*offered, *_AROUND))
        screen = self._book.screen(state)
        if isinstance(screen, Form):
            return self._of_form(screen, state, language)
        assert isinstance(screen, Menu)  # noqa: S101 — nobody stays on another screen
        return RenderedScreen(listed(screen, language), _AROUND if state.trail else ())

    def _of_form(self, form: Form, state: State, language: str) -> RenderedScreen:
        if len(state.filled) == len(form.fields):
            return RenderedScreen(_confirmation(form, state.filled, language), ("yes", *_AROUND))
        field = form.fields[len(state.filled)]
        ask = asked_by(field, state.current.chosen)
        if ask is None:
            assert not isinstance(field, Ask)  # noqa: S101 — it asks itself
            return RenderedScreen(listed(field, language), _AROUND)
        more = may_go_on(self._book, form, ask, state.current)
        keys = ("go_on", *_AROUND) if more else _AROUND
        return RenderedScreen(self._asked(ask, state.current.typed, language, keys), keys)

    def _asked(self, ask: Ask, typed: Sequence[str], language: str, keys: Sequence[str]) -> str:
        """Write a question, and below it what was typed so far: all of it, or how many."""
        question = ask.question[language]
        below = keys_line(self._book.signs, language, *keys)
        for so_far in (", ".join(typed), f"({len(typed)})" if typed else ""):
            if fits(self._book.writing, self._plain(lines(question, so_far, below))):
                return lines(question, so_far)
        return question

    def _plain(self, text: str) -> str:
        # Data may hold tabs and form feeds, which phones show in ways of their own.
        spaced = (" ".join(line.split()) for line in text.splitlines())
        return self._book.writing.plain("\n".join(spaced))


def may_go_on(book: MenuBook, form: Form, ask: Ask, current: FieldAnswer) -> bool:
    """Tell whether a question may be left as it is: something is typed, or nothing need be."""
    argument = ask.of(book.blanks[form.phrase].named[ask.argument])
    return bool(current.typed) or not argument.required


def _is_confirmation(book: MenuBook, state: State) -> bool:
    screen = book.screen(state)
    return isinstance(screen, Form) and len(state.filled) == len(screen.fields)


def _confirmation(form: Form, filled: Sequence[FieldAnswer], language: str) -> str:
    shown = dict(form.fixed)
    for field, answer in zip(form.fields, filled, strict=True):
        if isinstance(field, Ask) or answer.typed:
            shown[field.argument] = ", ".join(answer.typed) or _NOTHING
        else:
            shown[field.argument] = field.values[answer.chosen].label[language]
    confirm = form.confirm or {}
    return confirm[language].format_map(shown)
