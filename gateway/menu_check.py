"""Checks of declared menus, run before anybody dials; pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from string import Formatter
from typing import NamedTuple

from gateway.form_filling import FormFiller
from gateway.grammar import Fault
from gateway.menu_lines import MOST_OPTIONS, ON, keys_line, listed
from gateway.menus import (
    WRITTEN,
    Ask,
    Choice,
    Field,
    Form,
    Menu,
    Screen,
    ScreenAlphabet,
    SharedWords,
    Value,
    Words,
)
from gateway.pages import LIMIT, fits, lines


class DeclaredMenus(NamedTuple):
    """Everything that a book is made of.

    Attributes:
        screens: every one, the first screen first.
        blanks: phrases that there are, by code.
        signs: words of all screens; they tell which languages there are.
        writing: the alphabet.
    """

    screens: Sequence[Screen]
    blanks: Mapping[str, FormFiller]
    signs: SharedWords
    writing: ScreenAlphabet


def faults_of(declared: DeclaredMenus) -> list[str]:
    """Return one sentence for each fault."""
    faults: list[str] = []
    codes = [screen.code for screen in declared.screens]
    faults += [
        f"the screen {code} is declared twice"
        for code in sorted({code for code in codes if codes.count(code) > 1})
    ]
    faults += [
        f"nothing leads to the screen {code}" for code in sorted(_unreached(declared.screens))
    ]
    for screen in declared.screens:
        told = _of_screen(declared, screen)
        faults += [f"{screen.code}: {fault}" for fault in told]
    return faults


def _unreached(screens: Sequence[Screen]) -> set[str]:
    targets = {
        screen.code: {option.to for option in screen.options} if isinstance(screen, Menu) else set()
        for screen in screens
    }
    reached: set[str] = set()
    waiting = {screens[0].code}
    while waiting:
        code = waiting.pop()
        reached.add(code)
        waiting |= targets.get(code, set()) - reached
    return targets.keys() - reached


def _of_screen(declared: DeclaredMenus, screen: Screen) -> Iterator[str]:
    if isinstance(screen, Menu):
        yield from _of_menu(declared, screen)
    elif isinstance(screen, Form):
        yield from _of_form(declared, screen)


def _of_menu(declared: DeclaredMenus, menu: Menu) -> Iterator[str]:
    known = {screen.code for screen in declared.screens}
    for option in menu.options:
        if option.to not in known:
            yield f"there is no screen {option.to}"
    words = (menu.title, *(option.label for option in menu.options))
    yield from _of_choice(declared, menu, len(menu.options), words)


def _of_choice(
    declared: DeclaredMenus, choice: Menu | Choice, count: int, words: Sequence[Words]
) -> Iterator[str]:
    if not 1 <= count <= MOST_OPTIONS:
        yield f"it has {count} options, and one to {MOST_OPTIONS} can be"
    wrong = list(_of_words(declared, *words))
    yield from wrong
    if wrong:
        return
    signs = declared.signs
    for language in _languages(signs):
        shown = lines(signs.wrong[language], listed(choice, language))
        yield from _of_length(declared, language, shown, "back", "home")


def _of_form(declared: DeclaredMenus, form: Form) -> Iterator[str]:
    blank = declared.blanks.get(form.phrase)
    if blank is None:
        yield f"there is no phrase {form.phrase}"
        return
    told = [*(field.argument for field in form.fields), *form.fixed]
    yield from (f"the argument {name} is told twice" for name in _repeated(told))
    unknown = [name for name in told if name not in blank.named]
    yield from (f"the phrase {form.phrase} has no argument {name}" for name in unknown)
    for name, argument in blank.named.items():
        if argument.required and name not in told:
            yield f"nothing tells the argument {name}"
    if unknown:
        return
    for name, text in form.fixed.items():
        yield from _of_text(blank, name, text)
    for field in form.fields:
        yield from _of_field(declared, blank, field)
    if form.confirm is not None:
        yield from _of_confirmation(declared, form.confirm, told)


def _of_confirmation(declared: DeclaredMenus, confirm: Words, told: Sequence[str]) -> Iterator[str]:
    yield from _of_words(declared, confirm)
    for text in confirm.values():
        named = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
        yield from (f"the confirmation names {name}, which is not told" for name in named - {*told})


def _of_field(declared: DeclaredMenus, blank: FormFiller, field: Field) -> Iterator[str]:
    if isinstance(field, Ask):
        yield from _of_ask(declared, blank, field)
        return
    words = (field.question, *(value.label for value in field.values))
    yield from _of_choice(declared, field, len(field.values), words)
    for value in field.values:
        yield from _of_value(declared, blank, field, value)


def _of_value(
    declared: DeclaredMenus, blank: FormFiller, choice: Choice, value: Value
) -> Iterator[str]:
    name = choice.argument
    if value.then is None:
        if value.text:
            yield from _of_text(blank, name, value.text)
        elif blank.named[name].required:
            yield f"the argument {name} cannot be left out"
        return
    if value.text:
        yield f"a value of {name} has a text and asks for one"
    if value.then.argument == name:
        yield from _of_ask(declared, blank, value.then)
    else:
        yield f"a value of {name} asks for {value.then.argument}"


def _of_ask(declared: DeclaredMenus, blank: FormFiller, ask: Ask) -> Iterator[str]:
    if WRITTEN not in ask.written:
        yield f"the answer has no place in what is written of {ask.argument}"
        return
    yield from _of_text(blank, ask.argument, ask.written.replace(WRITTEN, ask.example))
    argument = ask.of(blank.named[ask.argument])
    more = argument.many or not argument.required
    if more and not isinstance(blank.read(ask.argument, ask.written.replace(WRITTEN, ON)), Fault):
        yield f"the key {ON} would be an answer to {ask.argument}"
    wrong = list(_of_words(declared, ask.question))
    yield from wrong
    names = ("go_on", "back", "home") if more else ("back", "home")
    for language in _languages(declared.signs) if not wrong else ():
        yield from _of_length(declared, language, ask.question[language], *names)


def _of_text(blank: FormFiller, name: str, text: str) -> Iterator[str]:
    if isinstance(blank.read(name, text), Fault):
        yield f"{text!r} cannot be read as {name} of {blank.phrase.code}"


def _of_words(declared: DeclaredMenus, *words: Words) -> Iterator[str]:
    for each in words:
        lacking = [language for language in _languages(declared.signs) if not each.get(language)]
        if lacking:
            yield f"{next(iter(each.values()), '')!r} is not told in {', '.join(lacking)}"
        for text in each.values():
            if declared.writing.plain(text) != text:
                yield f"{text!r} is not of the alphabet GSM-7"


def _of_length(declared: DeclaredMenus, language: str, shown: str, *keys: str) -> Iterator[str]:
    text = lines(shown, keys_line(declared.signs, language, *keys))
    if not fits(declared.writing, text):
        over = declared.writing.units(text) - LIMIT
        yield f"in {language} a screen is {over} septets too long: {shown!r}"


def _languages(signs: SharedWords) -> tuple[str, ...]:
    """Return the languages in which all signs are told."""
    every = [getattr(signs, each.name) for each in fields(signs)]
    return tuple(language for language in every[0] if all(language in one for one in every))


def _repeated(names: Sequence[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})
