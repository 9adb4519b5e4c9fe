"""The phone in the terminal: what is typed, what the server is asked, what the screen shows."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from services.core.errors import Unavailable
from services.core.settings import draw_secrets
from services.simulator.operator import Answer, Operator, over_http
from services.simulator.setup import make_setup
from services.simulator.terminal import Terminal
from sms.errors import NumberError

PIG = "598000000000017"
NOTHING = "Connection problem or wrong code."


class Server:
    """Answers calls by what was typed in them; keeps every request."""

    def __init__(self, settings, answers=None):
        self.setup = make_setup(draw_secrets(settings.gateway))
        self.answers = answers or {}
        self.asked = []

    def __call__(self, method, path, body=b"", kind=""):
        self.asked.append((method, path, body, kind))
        if path == "/simulator/setup":
            return Answer(200, json.dumps(self.setup))
        if path.startswith("/simulator/phones/"):
            return Answer(200, '{"texts": []}')
        if path.startswith("/gateway/ussd/"):
            return self.answers[self.form()["text"]]
        return Answer(200, "")

    def form(self):
        """The fields of the newest call."""
        fields = parse_qs(self.asked[-1][2].decode(), keep_blank_values=True)
        return {name: value for name, (value,) in fields.items()}

    def calls(self):
        return [one for one in self.asked if one[1].startswith("/gateway/ussd/")]


@pytest.fixture
def call(settings, paper, clock):
    """Opens a terminal on a server that answers calls so."""

    def begin(**answers):
        told = {text.replace("_", "*").strip("*"): one for text, one in answers.items()}
        server = Server(settings, {key: Answer(200, text) for key, text in told.items()})
        return Terminal(Operator(server), "+67570000001", "en", paper, clock), server

    return begin


def test_sms__that_is_understood__is_answered_on_the_same_phone(terminal, paper, dispatch):
    assert terminal.enter(f"REG {PIG}") is True
    dispatch()
    assert terminal.look()
    assert paper.last.startswith("Pig 598000000000017 is registered at")
    assert not terminal.look()
    assert len(paper.screens) == 1


def test_screen__of_any_text__has_twenty_columns(terminal, paper, dispatch):
    terminal.enter("HELP")
    dispatch()
    terminal.look()
    assert {len(line) for line in paper.screens[0].splitlines()} == {24}


def test_two_phones__a_gift__is_asked_of_the_other_and_answered(terminal, paper, dispatch):
    for text in (f"REG {PIG}", f"GIVE {PIG} 70000002", None):
        terminal.enter(text or re.search("the code ([0-9]{6})", paper.last)[1])
        dispatch()
        terminal.look()
    terminal.enter("/as 70000002")
    assert terminal.prompt == "+67570000002> "
    assert PIG in paper.last
    terminal.enter("1")
    dispatch()
    terminal.look()
    terminal.enter("/as +67570000001")
    assert len(paper.screens) == 6, paper.screens
    assert "70000002" in paper.last


def test_texts__of_before__are_shown_when_asked_for(terminal, paper, dispatch, alone, clock):
    terminal.enter("HELP")
    dispatch()
    clock.pass_by(60)
    later = Terminal(terminal._operator, "70000001", "en", paper, clock)
    assert not later.look()
    later.enter("/texts")
    assert paper.last.startswith("Pig sick: SICK 3")


@pytest.mark.parametrize(
    ("line", "note"),
    [
        pytest.param("/as x", "Write the number with its country code", id="as-no-number"),
        pytest.param("/as", "Write the number with its country code", id="as-nothing"),
        pytest.param("/as १२३४५६७८", "Write the number with its country code", id="as-devanagari"),
        pytest.param("/texts", "No messages yet.", id="texts-none"),
        pytest.param("/lang de", "/lang en|tpi", id="language-unknown"),
        pytest.param("/lang", "/lang en|tpi", id="language-none"),
        pytest.param("/lang tpi", "Wanpela lain em i wanpela SMS", id="tok-pisin"),
        pytest.param("/help", "A line is an SMS", id="help"),
        pytest.param("/", "A line is an SMS", id="slash-alone"),
        pytest.param("/unknown thing", "A line is an SMS", id="unknown"),
        pytest.param("*1#", "This phone calls codes alone, such as *123#", id="another-code"),
        pytest.param("*123", "This phone calls codes alone, such as *123#", id="code-without-end"),
        pytest.param("*123#4", "This phone calls codes alone, such as *123#", id="more-behind"),
        pytest.param("*1234#", "This phone calls codes alone, such as *123#", id="longer-code"),
        pytest.param("**", "This phone calls codes alone, such as *123#", id="stars"),
    ],
)
def test_line__of_the_phone_itself__is_told_and_sends_nothing(terminal, paper, alone, line, note):
    assert terminal.enter(line) is False
    assert [one.startswith(note) for one in paper.notes] == [True]
    assert set(alone.counts().values()) == {0}
    assert terminal.prompt == "+67570000001> "


def test_as__no_number_in_tok_pisin__is_told_in_it(terminal, paper):
    terminal.enter("/lang tpi")
    terminal.enter("/as x")
    assert paper.notes[-1].startswith("Raitim namba wantaim kod bilong kantri")


@pytest.mark.parametrize("line", ["", "   ", "\t"])
def test_line__empty__does_nothing(terminal, paper, alone, line):
    assert terminal.enter(line) is False
    assert (paper.notes, paper.screens) == ([], [])
    assert set(alone.counts().values()) == {0}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("\ud800 lone surrogate", id="surrogate"),
        pytest.param("nul \0 in it", id="nul"),
        pytest.param("\u2018curly\u2019 \U0001f416", id="emoji"),
        pytest.param("= & % + # ? /", id="signs-of-addresses"),
        pytest.param("PIG " * 2_000, id="eight-thousand-characters"),
    ],
)
def test_sms__of_any_characters__reaches_the_door_once(terminal, alone, paper, text):
    assert terminal.enter(text) is True
    assert alone.counts()["envelope"] == 1
    assert paper.notes == []


def test_sms__longer_than_anything__is_refused_with_a_sentence(terminal, alone, paper):
    assert terminal.enter("9" * 70_000) is False
    assert paper.notes == ["The body is longer than anything that is taken here"]
    assert set(alone.counts().values()) == {0}


@pytest.mark.parametrize(
    ("text", "charset", "coding", "body"),
    [
        ("REG \u00e9", "UTF-8", "0", "REG \u00e9".encode()),
        ("REG \u2019", "UTF-16BE", "2", "REG \u2019".encode("utf-16-be")),
    ],
)
def test_sms__as_kannel_posts_it__says_how_it_is_written(call, text, charset, coding, body):
    terminal, server = call()
    terminal.enter(text)
    method, path, sent, kind = server.asked[-1]
    query = {name: value for name, (value,) in parse_qs(urlsplit(path).query).items()}
    assert (method, sent, kind) == ("POST", body, "text/plain")
    assert UUID(query.pop("id"))
    assert query == {
        "secret": server.setup["sms"]["address"].partition("secret=")[2],
        "from": "+67570000001",
        "to": "16345",
        "ts": "2026-11-25 01:02:03",
        "charset": charset,
        "coding": coding,
    }


def test_call__of_the_code__goes_on_by_keys_with_all_of_them_each_time(call, paper):
    terminal, server = call(_="CON 1 Pigs", _1="CON Which pig?", _1_104276="END It lives.")
    terminal.enter("*123#")
    assert (terminal.prompt, paper.last) == ("*123#> ", "1 Pigs")
    terminal.enter("1")
    terminal.enter("104276")
    assert (terminal.prompt, paper.last) == ("+67570000001> ", "It lives.")
    forms = [parse_qs(one[2].decode(), keep_blank_values=True) for one in server.calls()]
    assert [form["text"] for form in forms] == [[""], ["1"], ["1*104276"]]
    assert len({form["sessionId"][0] for form in forms}) == 1
    assert {form["phoneNumber"][0] for form in forms} == {"+67570000001"}
    assert {form["serviceCode"][0] for form in forms} == {"*123#"}


def test_call__of_a_longer_code__types_at_once(call):
    terminal, server = call(_1_2="END Done.")
    terminal.enter("*123*1*2#")
    assert server.form()["text"] == "1*2"


def test_call__again__is_another_session(call):
    terminal, server = call(_="END Bye.")
    terminal.enter("*123#")
    first = server.form()["sessionId"]
    terminal.enter("*123#")
    assert server.form()["sessionId"] != first


@pytest.mark.parametrize("line", ["/end", "/as 70000001"])
def test_call__hung_up__is_over_and_lines_are_sms_again(call, line):
    terminal, server = call(_="CON 1 Pigs")
    terminal.enter("*123#")
    terminal.enter(line)
    assert terminal.prompt == "+67570000001> "
    assert terminal.enter("1") is True
    assert len(server.calls()) == 1


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("", id="empty"),
        pytest.param("CON", id="no-text-and-no-blank"),
        pytest.param("con 1 Pigs", id="lower-case"),
        pytest.param(" CON 1 Pigs", id="blank-before"),
        pytest.param("<html>", id="html"),
        pytest.param("CONTINUE 1", id="another-word"),
    ],
)
def test_call__answered_out_of_shape__ends_as_the_operator_ends_it(call, paper, answer):
    terminal, _ = call(_=answer)
    terminal.enter("*123#")
    assert (paper.last, terminal.prompt) == (NOTHING, "+67570000001> ")


def test_call__that_is_refused__ends_with_what_the_server_says(settings, paper, clock):
    refusal = Answer(403, '{"detail": "the parameter secret is not the secret of the operator"}')
    terminal = Terminal(Operator(Server(settings, {"": refusal})), "70000001", "en", paper, clock)
    terminal.enter("*123#")
    assert paper.notes == ["the parameter secret is not the secret of the operator"]
    assert terminal.prompt == "+67570000001> "


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, '{"detail": "There is nothing at this address"}'),
        (200, "<html>"),
        (500, ""),
        (302, ""),
    ],
)
def test_operator__on_what_lets_nobody_play__says_how_to_start_it(status, body):
    with pytest.raises(Unavailable, match="make serve"):
        Operator(lambda *_: Answer(status, body))


@pytest.mark.parametrize("body", ["", "<html>", "[]", '"text"', "{}", "null"])
def test_refusal__without_a_sentence__tells_the_status(settings, paper, clock, body):
    terminal = Terminal(
        Operator(Server(settings, {"": Answer(502, body)})), "70000001", "en", paper, clock
    )
    terminal.enter("*123#")
    assert paper.notes == ["The server answered 502"]


def test_terminal__on_no_number__is_refused(alone, terminal, paper, clock):
    with pytest.raises(NumberError, match="country code"):
        Terminal(terminal._operator, "nobody", "en", paper, clock)


@pytest.mark.parametrize("url", ["http://", "http://[", "http://a b", "http://127.0.0.1:99999"])
def test_line__to_what_is_no_address__says_that_no_server_answers(url):
    with pytest.raises(Unavailable, match="No server answers"):
        over_http(url)("GET", "/simulator/setup")
