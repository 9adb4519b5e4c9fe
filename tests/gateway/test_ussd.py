"""Keys -> screens: going forth and back, what is typed and chosen, what cannot be read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.dates import RelativeDay
from gateway.errors import Mistake
from gateway.grammar import FaultCode
from gateway.menus import Form, Menu, Option
from gateway.tags import Identifier
from gateway.ussd import MenuMachine
from gateway.ussd_state import AnswerPrompt, CopyBySms, RunPhrase, SetPin, ShownText, State
from sms.encoding import units
from tests.gateway.small_menus import BOOK, KILL_FORM, NOTE_FORM, PIGS, WHICH, book, both

MACHINE = MenuMachine(BOOK)
FIRST_SCREEN = "Bilum\n1 Pigs\n2 Hello\n3 Note\n4 My PIN"
TAG = Identifier("bilum", "1262")


def dial(*keys, machine=MACHINE, state=None):
    """Press keys; the last step."""
    step, taken = machine.advance(state or State(), keys, "en")
    assert taken == len(keys), step
    return step


def screen(*keys, **more):
    return MACHINE.show(dial(*keys, **more).state, "en")


def test_first_screen__of_the_book__has_a_line_for_each_entry_and_no_way_back():
    assert MACHINE.show(State(), "en") == FIRST_SCREEN


def test_screen__in_tok_pisin__has_its_words():
    assert MACHINE.show(dial("1").state, "tpi") == "Pik\n1 Kilim\n2 Count\n0 Bek 00 As"


def test_menu__a_key_of_it__opens_the_screen():
    assert screen("1") == "Pigs\n1 Kill\n2 Count\n0 Back 00 Home"


def test_form__all_its_questions_one_after_another__are_asked():
    assert screen("1", "1") == "Number of the pig?\n0 Back 00 Home"
    assert screen("1", "1", "1262") == ("Number of the pig?\n1262\n9 Go on 0 Back 00 Home")
    assert screen("1", "1", "1262", "9") == "What for?\n1 A feast\n2 At home\n0 Back 00 Home"
    assert screen("1", "1", "1262", "9", "1", "3") == "Which day?\n9 Go on 0 Back 00 Home"
    assert screen("1", "1", "1262", "9", "1", "2") == (
        "Kill 1262, A feast, Yesterday?\n1 Yes 0 Back 00 Home"
    )


def test_form__confirmed__says_its_phrase_with_every_argument():
    step = dial("1", "1", "1262", "9", "1", "2", "1")
    assert isinstance(step.effect, RunPhrase)
    assert step.effect.phrase.code == "kill"
    assert step.effect.arguments == {
        "tags": (TAG,),
        "occasion": "feast",
        "day": RelativeDay("yesterday", -1),
    }


def test_form__confirmed__is_left_so_that_back_does_not_say_it_again():
    step = dial("1", "1", "1262", "9", "1", "2", "1")
    assert step.state == State(("pigs",))


def test_form__several_values_typed_at_once_and_one_after_another__takes_all():
    step = dial("1", "1", "1262 1359", "pig 1456", "9", "1", "1", "1")
    assert [tag.value for tag in step.effect.arguments["tags"]] == ["1262", "1359", "1456"]


def test_form__list_of_more_than_a_screen__tells_how_many():
    assert screen("1", "1", *(["1262 1359 1456 1553 1650 1747 1844 1941"] * 5)) == (
        "Number of the pig?\n(5)\n9 Go on 0 Back 00 Home"
    )


def test_form__twentieth_value__ends_the_list():
    assert screen("1", "1", *(["1262"] * 20)).startswith("What for?")


def test_form__value_that_tells_nothing__leaves_the_argument_out():
    step = dial("1", "1", "1262", "9", "2", "1", "1")
    assert step.effect.arguments["day"] is None


def test_form__day_asked_in_words__is_read_and_may_be_left_out():
    named = dial("1", "1", "1262", "9", "2", "3", "24/11", "1")
    assert named.effect.arguments["day"].day == 24
    left_out = dial("1", "1", "1262", "9", "2", "3", "9", "1")
    assert left_out.effect.arguments["day"] is None


def test_form__without_a_confirmation__is_said_as_soon_as_it_is_filled():
    step = dial("1", "2", "7")
    assert step.effect.arguments == {"heads": 7, "day": RelativeDay("today", 0)}


def test_form__without_fields__is_said_when_it_is_opened():
    assert dial("2").effect.phrase.code == "hello"


def test_form__nine_where_a_number_is_required__is_the_number():
    assert dial("1", "2", "9").effect.arguments["heads"] == 9


def test_form__question_that_must_be_answered_once__takes_nine_as_an_answer_and_asks_no_more():
    which = Form("kill", "kill", (replace(WHICH, single=True),), both("Kill {tags}?"))
    machine = MenuMachine(book(which))
    step = dial("1", "1", "1262 1359", "1", machine=machine)
    assert [tag.value for tag in step.effect.arguments["tags"]] == ["1262", "1359"]
    note = Form("note", "remark", (replace(NOTE_FORM.fields[0], required=True),), both("{text}"))
    machine = MenuMachine(book(note))
    assert machine.show(State(("note",)), "en") == "Say it:\n0 Back 00 Home"
    assert dial("3", "9", "1", machine=machine).effect.arguments == {"text": "9"}


def test_pin__opened__is_an_effect_and_the_screen_stays():
    step = dial("4")
    assert (step.effect, step.state) == (SetPin(), State())


@pytest.mark.parametrize("keys", ["5", "10", "x", "", "#", "-1", "\u0967", "\u00b9\u00b2", "\x00"])
def test_menu__key_that_it_has_not__stays_and_says_so(keys):
    step = MACHINE.press(State(), keys, "en")
    assert (step.state, step.wrong, step.effect) == (State(), True, None)


def test_menu__digit_of_full_width__is_the_digit():
    assert MACHINE.press(State(), "\uff11", "en").state.trail == ("pigs",)


@pytest.mark.parametrize(
    ("typed", "code", "mistake"),
    [
        ("1263", FaultCode.UNREADABLE, Mistake.CHECK_DIGITS),
        ("12", FaultCode.UNREADABLE, Mistake.LENGTH),
        ("hello", FaultCode.MISSING, None),
        ("", FaultCode.MISSING, None),
        ("1262 hello", FaultCode.LEFTOVER, None),
    ],
)
def test_answer__that_cannot_be_read__is_not_kept_and_tells_why(typed, code, mistake):
    asked = dial("1", "1").state
    step = MACHINE.press(asked, typed, "en")
    assert step.state == asked
    assert step.unread.phrase.code == "kill"
    assert step.unread.example == "1262"
    assert step.unread.fault.code is code
    assert (step.unread.fault.cause and step.unread.fault.cause.mistake) == mistake


def test_choice__key_that_it_has_not__stays():
    step, _ = MACHINE.advance(State(), ("1", "1", "1262", "9", "7"), "en")
    assert step.wrong


def test_back__from_the_last_question__goes_through_each_answer_to_the_first_screen():
    state = dial("1", "1", "1262", "1359", "9", "1", "3").state
    seen = []
    while state != State():
        state = MACHINE.press(state, "0", "en").state
        seen.append(MACHINE.show(state, "en").splitlines()[0])
    assert seen == ["When?", "What for?", "Number of the pig?", "Pigs", "Bilum"]
    assert MACHINE.press(State(), "0", "en").state == State()


def test_back__in_a_list__takes_the_last_value_away():
    assert screen("1", "1", "1262", "1359", "0").splitlines()[1] == "1262"


def test_home__from_anywhere__is_the_first_screen():
    assert dial("1", "1", "1262", "00").state == State()


def test_menus__that_lead_to_each_other__make_no_endless_trail():
    around = book(replace(PIGS, options=(*PIGS.options, Option(both("More"), "more"))), AROUND)
    machine = MenuMachine(around)
    state = dial("1", "3", "1", "3", "1", "3", machine=machine).state
    assert state.trail == ("pigs", "more")
    assert dial("1", "3", "2", machine=machine).state == State()


AROUND = Menu("more", both("More"), (Option(both("Pigs"), "pigs"), Option(both("First"), "home")))


def test_direct_dialling__of_a_form__says_it_in_one_go():
    step, taken = MACHINE.advance(State(), ("1", "2", "7", "1262"), "en")
    assert isinstance(step.effect, RunPhrase)
    assert taken == 3


def test_direct_dialling__past_a_wrong_key__stops_there():
    step, taken = MACHINE.advance(State(), ("1", "7", "2", "7"), "en")
    assert (step.state.trail, step.wrong, taken) == (("pigs",), True, 2)


REPLY = "We wrote down: " + "pig 1262 is slaughtered " * 6


def told(*texts, **more):
    return State(("pigs",), told=ShownText(texts, **more))


def test_reply__of_one_segment__is_one_screen_with_its_keys():
    text = MACHINE.show(told("x" * 160), "en")
    assert text == "x" * 160 + "\n1 SMS 0 Back 00 Home"
    assert units(text) == 181


def test_reply__of_several_texts__has_pages_until_the_last_word():
    state, seen = told(REPLY, "The end"), []
    while True:
        text = MACHINE.show(state, "en")
        assert units(text) <= 182
        seen.append(text)
        step = MACHINE.press(state, "9", "en")
        if step.wrong:
            break
        state = step.state
    assert len(seen) == 2
    assert seen[0].endswith("\n9 More 0 Back 00 Home")
    assert seen[-1].endswith("The end\n1 SMS 0 Back 00 Home")
    assert MACHINE.press(state, "0", "en").state.page == 0


def test_reply__by_sms_too__is_offered_once_and_on_the_last_page():
    first = told(REPLY, REPLY)
    assert MACHINE.press(first, "1", "en").wrong
    last = replace(first, page=1)
    step = MACHINE.press(last, "1", "en")
    assert step.effect == CopyBySms((REPLY, REPLY))
    assert "1 SMS" not in MACHINE.show(step.state, "en")
    assert MACHINE.press(step.state, "1", "en").wrong


def test_reply__gone_back_from__shows_the_menu_that_it_came_from():
    assert MACHINE.press(told(REPLY), "0", "en").state == State(("pigs",))


def test_reply__with_signs_of_the_extension__counts_each_twice():
    state = told("[" * 160)
    assert units(MACHINE.show(state, "en")) <= 182
    assert not MACHINE.press(state, "9", "en").wrong


def test_prompt__answered__hands_the_keys_over_and_stays():
    state = told("PIN?", prompt="pin", about="claim 1", secret=True)
    step = MACHINE.press(state, "2580", "en")
    assert (step.effect, step.state) == (AnswerPrompt("pin", "claim 1", "2580"), state)
    assert "2580" not in repr(step)
    assert state.secret


def test_prompt__gone_back_from__is_given_up():
    state = told("PIN?", prompt="pin", secret=True)
    assert MACHINE.press(state, "0", "en").state == State(("pigs",))
    assert MACHINE.press(state, "00", "en").state == State()


def test_notice__above_a_long_page__leaves_the_limit():
    text = MACHINE.show(told("x" * 160), "en", "y" * 160)
    assert units(text) <= 182
    assert text.startswith("y" * 150)
    assert text.endswith("\n1 SMS 0 Back 00 Home")


def test_notice__above_a_short_screen__leaves_it_whole():
    assert MACHINE.show(State(), "en", "No such key.") == f"No such key.\n{FIRST_SCREEN}"


@pytest.mark.parametrize(
    "keys", [(), ("1",), ("1", "1", "1262", "9", "1", "3"), ("3", "h\u00e9llo {}")]
)
def test_state__written_and_read__is_the_same(keys):
    state = dial(*keys).state
    assert State.read(state.text()) == state
    assert MACHINE.fitted(state) == state


def test_state__with_a_reply__is_the_same_when_it_is_read():
    state = told("a", "b", prompt="pin", about="7", secret=True)
    assert State.read(state.text()) == state


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"version": 1}', '{"version": 2}'])
def test_state__of_another_version__is_the_first_screen(text):
    assert State.read(text) == State()


@pytest.mark.parametrize(
    "screens",
    [
        (replace(PIGS, options=PIGS.options[1:]),),
        (replace(KILL_FORM, fields=KILL_FORM.fields[:0:-1], fixed={"tags": "1262"}),),
        (replace(KILL_FORM, fields=KILL_FORM.fields[:1], confirm=both("Kill {tags}?")),),
    ],
)
def test_state__of_menus_that_were_changed__is_the_first_screen(screens):
    state = dial("1", "1", "1262", "9", "1").state
    kept = [PIGS, KILL_FORM, NOTE_FORM]
    changed = {one.code: one for one in (*kept, *screens)}
    if "kill" not in {line.to for line in changed["pigs"].options}:
        changed["kill"] = Form("kill", "hello")
        changed["pigs"] = replace(
            changed["pigs"], options=(Option(both("K"), "other"), *changed["pigs"].options)
        )
        changed["other"] = Menu("other", both("O"), (Option(both("K"), "kill"),))
    machine = MenuMachine(book(*changed.values()))
    assert machine.fitted(state) == State()


def test_asks__where_words_are_typed__is_told():
    assert MACHINE.asks(dial("1", "1").state)
    assert MACHINE.asks(dial("1", "1", "1262", "9", "1", "3").state)
    for keys in ((), ("1",), ("1", "1", "1262", "9"), ("1", "1", "1262", "9", "1", "1")):
        assert not MACHINE.asks(dial(*keys).state)
