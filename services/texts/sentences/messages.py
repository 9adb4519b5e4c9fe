"""Answers about the messages themselves: stopping, starting, being forgotten."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "stop.programme": {
        "en": "OK. We stopped all messages of {programme}. Messages about pigs still come. "
        "To stop all, send: STOP ALL",
        "tpi": "Orait. Mipela stopim ol mesej bilong {programme}. Ol mesej bilong pik bai kam yet. "
        "Long stopim olgeta, salim: STOPIM OLGETA",
    },
    "stop.none": {
        "en": "You get no messages of a programme. Messages about pigs still come. "
        "To stop all, send: STOP ALL",
        "tpi": "I no gat program i salim mesej long yu. Ol mesej bilong pik bai kam yet. "
        "Long stopim olgeta, salim: STOPIM OLGETA",
    },
    "stop.all": {
        "en": "OK. We send you no more messages. When you write to us, we still answer. "
        "To get messages again, send: START",
        "tpi": "Orait. Mipela no salim moa mesej long yu. Taim yu salim mesej, mipela bai bekim. "
        "Long kisim mesej gen, salim: STATIM",
    },
    "start": {
        "en": "OK. You get messages about pigs again. Programmes that you left do not come back "
        "by themselves: join them anew.",
        "tpi": "Orait. Ol mesej bilong pik bai kam long yu gen. Ol program i no kam bek long laik "
        "bilong ol yet: yu mas joinim gen.",
    },
    "forget.ask": {
        "en": "To erase your name and number, send within 30 minutes: FORGET {digits}. "
        "What you reported stays. If somebody else sent it, do nothing.",
        "tpi": "Long rausim nem na namba bilong yu, salim insait long 30 minit: RAUSIM MI {digits}."
        " Ol ripot i stap. Sapos narapela man i salim, larim tasol.",
    },
    "forget.pin": {
        "en": "Your name and your number will be erased. What you reported stays.",
        "tpi": "Mipela bai rausim nem na namba bilong yu. Ol ripot i stap.",
    },
    "forget.wrong_code": {
        "en": "The code is wrong and nothing was erased. You can try {count} times more.",
        "tpi": "Kod i no stret, mipela i no rausim wanpela samting. Yu ken traim {count} taim moa.",
    },
    "forget.no_code": {
        "en": "This code does not count and nothing was erased. To get a new code, send: FORGET",
        "tpi": "Dispela kod i no wok, mipela i no rausim wanpela samting. Long kisim nupela kod, "
        "salim: RAUSIM MI",
    },
    "forget.codes_spent": {
        "en": "You got too many codes today. To be forgotten, send FORGET again tomorrow, or tell "
        "an officer.",
        "tpi": "Yu kisim planti kod pinis tude. Salim RAUSIM MI gen tumora, o tokim ofisa.",
    },
    "forget.done": {
        "en": "We erased your name and number. You get no more messages from us. "
        "If you want messages again, send: START",
        "tpi": "Mipela rausim pinis nem na namba bilong yu. Mipela no salim moa mesej long yu. "
        "Sapos yu laikim mesej gen, salim: STATIM",
    },
    "forget.officer": {
        "en": "Your number belongs to your work, so it cannot be erased by SMS. "
        "Ask your administrator.",
        "tpi": "Namba bilong yu i bilong wok, olsem na SMS i no inap rausim. "
        "Askim bosman bilong sistem.",
    },
}
