"""USSD menus of a person's own things: answers, language, PIN, STOP, FORGET, box and help."""

from gateway.menus import Choice, Form, Menu, Menus, Pin, Value
from services.texts.labels import both, line

_ANSWER = Choice(
    "answer",
    both("Your answer to our last question?", "Wanem bekim long las askim bilong mipela?"),
    (
        *(Value(both(f"Answer {digit}", f"Bekim {digit}"), digit) for digit in ("1", "2", "3")),
        Value(both("Yes", "Yes"), "yes"),
        Value(both("No", "Nogat"), "no"),
    ),
)


def menus(*, calls: bool) -> Menus:
    """Return the menus; `calls`: somebody can be asked to call, on the screen `health.call`."""
    call = (line("Call me", "Ringim mi", "health.call"),) if calls else ()
    return Menus(
        (line("My things", "Samting bilong mi", "my"), line("Help", "Helpim", "help")),
        (
            Menu(
                "my",
                both("My things", "Samting bilong mi"),
                (
                    line("Answer a question", "Bekim askim", "my.answer"),
                    line("Who am I?", "Mi husat?", "my.me"),
                    line("Language", "Tok Pisin o Inglis", "my.language"),
                    line("PIN", "PIN", "my.pin"),
                    line("Stop messages", "Stopim mesej", "my.stop"),
                    line("Forget me", "Rausim mi", "my.forget"),
                    line("Village box", "Boks bilong ples", "my.box"),
                    *call,
                ),
            ),
            *_SCREENS,
        ),
    )


_SCREENS = (
    Form("my.answer", "answer", (_ANSWER,)),
    Form("my.me", "me"),
    Menu(
        "my.language",
        both("Language", "Wanem tok?"),
        (line("English", "Inglis", "my.english"), line("Tok Pisin", "Tok Pisin", "my.tok_pisin")),
    ),
    Form("my.english", "english"),
    Form("my.tok_pisin", "tok_pisin"),
    Pin("my.pin"),
    Menu(
        "my.stop",
        both("Messages to you", "Mesej i kam long yu"),
        (
            line("Stop a course", "Stopim wanpela skul", "my.stop.course"),
            line("Stop everything", "Stopim olgeta", "my.stop.all"),
            line("Start again", "Statim gen", "my.start"),
        ),
    ),
    Form(
        "my.stop.course",
        "stop",
        confirm=both(
            "Stop the course that you heard of last?", "Stopim skul i salim mesej las taim?"
        ),
    ),
    Form(
        "my.stop.all",
        "stop_all",
        confirm=both("Stop every message to you?", "Stopim olgeta mesej i kam long yu?"),
    ),
    Form("my.start", "start"),
    Form(
        "my.forget",
        "forget",
        confirm=both("Erase your name and your number?", "Rausim nem na namba bilong yu?"),
    ),
    Menu(
        "my.box",
        both("The village box that brings my SMS", "Boks i karim ol SMS bilong mi"),
        (
            line("It writes for me", "Em i ken raitim", "my.box.on"),
            line("No box writes for me", "Nogat boks", "my.box.off"),
        ),
    ),
    Form("my.box.on", "box_on"),
    Form("my.box.off", "box_off"),
    Menu(
        "help",
        both("Words for SMS", "Tok bilong SMS"),
        (
            line("The most needed", "Tok yu nidim moa", "help.1"),
            line("More words", "Moa tok", "help.2"),
            line("Still more", "Moa yet", "help.3"),
        ),
    ),
    Form("help.1", "help"),
    Form("help.2", "help2"),
    Form("help.3", "help3"),
)
