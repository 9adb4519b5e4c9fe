"""Keys -> the next screen: a state machine on the menus that services declare; pure.

It acts on nothing: what a form says, an answer to what a person was asked, and what shall go by SMS
come out as an effect, and whoever acts on it puts what is to be told back into the state.
"""

from collections.abc import Sequence
from dataclasses import replace

from gateway.form_filling import MOST_VALUES, FieldAnswer, asked_by, texts_of
from gateway.grammar import Fault
from gateway.menu_book import HOME, MenuBook
from gateway.menu_lines import BACK, FIRST, ON, START, chosen
from gateway.menus import Ask, Field, Form, Menu, Pin
from gateway.pages import LIMIT
from gateway.phrases import clean
from gateway.screens import ScreenRenderer, may_go_on
from gateway.ussd_state import (
    AnswerPrompt,
    CopyBySms,
    KeyStep,
    RunPhrase,
    SetPin,
    ShownText,
    State,
    UnreadAnswer,
)


class MenuMachine:
    """Turns keys into states, and states into screens."""

    def __init__(self, book: MenuBook) -> None:
        self._book = book
        self._faces = ScreenRenderer(book)
        self.show = self._faces.show

    def advance(self, state: State, inputs: Sequence[str], language: str) -> tuple[KeyStep, int]:
        """Press one key after another, until something has to be done or said.

        Returns:
            The last step, and how many inputs were taken: the others are to be dropped.
        """
        step = KeyStep(state)
        for number, keys in enumerate(inputs, start=1):
            step = self.press(step.state, keys, language)
            if step.effect or step.wrong or step.unread:
                return step, number
        return step, len(inputs)

    def press(self, state: State, keys: str, language: str) -> KeyStep:
        """Take what was typed on a screen; see `KeyStep`. Never raises, whatever was typed."""
        keys = clean(keys)[:LIMIT]
        if keys == START:
            return KeyStep(State())
        if keys == BACK:
            return KeyStep(_back(state))
        last = state.page + 1 >= len(self._faces.pages(state, language))
        if keys == ON and not last:
            return KeyStep(replace(state, page=state.page + 1))
        if state.told is not None:
            return _answer(state, state.told, keys, last=last)
        screen = self._book.screen(state)
        if isinstance(screen, Menu):
            return self._choose(state, screen, keys)
        assert isinstance(screen, Form)  # noqa: S101 — nobody stays on another screen
        return self._fill(state, screen, keys, last=last)

    def fitted(self, state: State) -> State:
        """Return a state that was saved, or the first screen where the menus are others by now."""
        codes = (HOME, *state.trail)
        for code, to in zip(codes, state.trail, strict=False):
            screen = self._book.screens.get(code)
            leads = isinstance(screen, Menu) and any(line.to == to for line in screen.options)
            if not leads:
                return State()
        screen = self._book.screen(state)
        if isinstance(screen, Form):
            return state if self._is_filled(screen, state) else State()
        bare = not (state.filled or state.current.typed)
        return state if isinstance(screen, Menu) and bare else State()

    def asks(self, state: State) -> bool:
        """Tell whether the screen takes words that a person types, and shows them to nobody."""
        screen = self._book.screen(state)
        if state.told is not None or not isinstance(screen, Form):
            return False
        place = len(state.filled)
        return place < len(screen.fields) and (
            asked_by(screen.fields[place], state.current.chosen) is not None
        )

    def _choose(self, state: State, menu: Menu, keys: str) -> KeyStep:
        place = chosen(keys, len(menu.options))
        if place < 0:
            return KeyStep(state, wrong=True)
        code = menu.options[place].to
        if isinstance(self._book.screens[code], Pin):
            return KeyStep(state, SetPin())
        trail = state.trail
        if code == HOME:
            trail = ()
        elif code in trail:
            # Menus that lead back to each other make no endless trail.
            trail = trail[: trail.index(code) + 1]
        else:
            trail = (*trail, code)
        return self._settle(State(trail))

    def _fill(self, state: State, form: Form, keys: str, *, last: bool) -> KeyStep:
        if len(state.filled) == len(form.fields):
            return self._say(state, form) if keys == FIRST and last else KeyStep(state, wrong=True)
        field = form.fields[len(state.filled)]
        ask = asked_by(field, state.current.chosen)
        if ask is not None:
            return self._type(state, form, ask, keys)
        assert not isinstance(field, Ask)  # noqa: S101 — it asks itself
        place = chosen(keys, len(field.values))
        if place < 0:
            return KeyStep(state, wrong=True)
        if field.values[place].then is not None:
            return KeyStep(replace(state, current=FieldAnswer(place)))
        return self._done(state, FieldAnswer(place))

    def _type(self, state: State, form: Form, ask: Ask, keys: str) -> KeyStep:
        if keys == ON and may_go_on(self._book, form, ask, state.current):
            return self._done(state, state.current)
        blank = self._book.blanks[form.phrase]
        answer = FieldAnswer(state.current.chosen, (*state.current.typed, keys))
        # One that cannot be read is not kept.
        (written,) = texts_of(ask, FieldAnswer(typed=(keys,)))
        reading = blank.read(ask.argument, written)
        if isinstance(reading, Fault):
            return KeyStep(state, unread=UnreadAnswer(blank.phrase, reading, ask.example))
        more = ask.of(blank.named[ask.argument]).many
        if more and len(answer.typed) < MOST_VALUES:
            return KeyStep(replace(state, current=answer))
        return self._done(state, answer)

    def _done(self, state: State, answer: FieldAnswer) -> KeyStep:
        return self._settle(State(state.trail, (*state.filled, answer)))

    def _settle(self, state: State) -> KeyStep:
        """Say what needs no confirmation as soon as everything is told."""
        screen = self._book.screen(state)
        if not isinstance(screen, Form) or screen.confirm or len(state.filled) < len(screen.fields):
            return KeyStep(state)
        return self._say(state, screen)

    def _say(self, state: State, form: Form) -> KeyStep:
        blank = self._book.blanks[form.phrase]
        arguments = blank.fill(form.fields, state.filled, form.fixed)
        if isinstance(arguments, Fault):
            return KeyStep(State(), wrong=True)
        text = blank.message(form.fields, state.filled, form.fixed)
        # Whoever goes back from the reply must not say it again.
        return KeyStep(State(state.trail[:-1]), RunPhrase(blank.phrase, arguments, text))

    def _is_filled(self, form: Form, state: State) -> bool:
        """Tell whether answers are to these fields, as they are declared now."""
        answers, fields = state.filled, form.fields
        if len(answers) > len(fields) or (len(answers) == len(fields) and not form.confirm):
            return False
        blank = self._book.blanks[form.phrase]
        told = [*zip(fields, answers, strict=False)]
        if state.current != FieldAnswer():
            if len(answers) == len(fields):
                return False
            told.append((fields[len(answers)], state.current))
        return all(_may_be(field, answer) for field, answer in told) and not any(
            isinstance(blank.read(field.argument, text), Fault)
            for field, answer in told
            for text in texts_of(field, answer)
        )


def _answer(state: State, told: ShownText, keys: str, *, last: bool) -> KeyStep:
    if told.prompt:
        return KeyStep(state, AnswerPrompt(told.prompt, told.about, keys))
    if keys == FIRST and last and told.offered:
        return KeyStep(replace(state, told=replace(told, offered=False)), CopyBySms(told.texts))
    return KeyStep(state, wrong=True)


def _back(state: State) -> State:
    """Go one answer, one page or one screen back; from the first screen nowhere."""
    if state.page:
        return replace(state, page=state.page - 1)
    if state.told is not None:
        return replace(state, told=None)
    chosen_before, typed = state.current
    if typed:
        return replace(state, current=FieldAnswer(chosen_before, typed[:-1]))
    if chosen_before >= 0:
        return replace(state, current=FieldAnswer())
    if state.filled:
        return replace(state, filled=state.filled[:-1])
    return State(state.trail[:-1])


def _may_be(field: Field, answer: FieldAnswer) -> bool:
    if isinstance(field, Ask):
        return answer.chosen < 0
    if not 0 <= answer.chosen < len(field.values):
        return False
    return field.values[answer.chosen].then is not None or not answer.typed
