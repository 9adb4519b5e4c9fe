"""Answers of the health programmes that are the same in all of them; the rest is their own data."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, Mapping[str, str]] = {
    # What a course is called on a phone that others read.
    "programme.course": {"en": "your course", "tpi": "skul bilong yu"},
    "programme.only": {
        "en": "If you mean {word}, please send just that: {word}. To talk to somebody, send: CALL",
        "tpi": "Sapos yu laik tokim mipela {word}, plis salim dispela wod tasol: {word}. Long "
        "toktok wantaim wanpela man, salim: RINGIM",
    },
    "programme.which": {
        "en": "Which programme? Send JOIN and its name: {titles}",
        "tpi": "Wanem program? Salim JOINIM na nem bilong en: {titles}",
    },
    "programme.already": {
        "en": "You are in {title} already. To pause, send: PAUSE. To stop, send: STOP. "
        "To talk to somebody, send: CALL",
        "tpi": "Yu stap pinis long {title}. Long malolo, salim: MALOLO. Long pinisim, salim: "
        "STOPIM. Long toktok wantaim wanpela man, salim: RINGIM",
    },
    "programme.paused": {
        "en": "OK, {title} pauses and goes on by itself on {day}. To go on before, send: JOIN",
        "tpi": "Orait, {title} i malolo nau na bai go het gen long {day}. Long go het hariap, "
        "salim: JOINIM",
    },
    "programme.resumed": {
        "en": "Welcome back: {title} goes on.",
        "tpi": "Gutpela long lukim yu gen: {title} i go het.",
    },
    "programme.none_runs": {
        "en": "You are in no programme that can be paused. To join one, send: JOIN",
        "tpi": "Yu no stap long wanpela program nau. Long joinim wanpela, salim: JOINIM",
    },
    "programme.set": {
        "en": "Thank you. Your date in {title} is {day}. To change it, send DATE and the new day, "
        "such as: DATE 25 Dec",
        "tpi": "Tenkyu. De bilong yu long {title} em {day}. Long senisim, salim DE na nupela de, "
        "olsem: DE 25 Des",
    },
    "programme.moved": {
        "en": "OK. Your new date in {title} is {day}. Your messages now follow the new date.",
        "tpi": "Orait. Nupela de bilong yu long {title} em {day}. Ol mesej bai bihainim nupela de.",
    },
    "programme.bad_date": {
        "en": "That day is too soon or too far away. Please choose another, such as: DATE 25 Dec",
        "tpi": "Dispela de i klostu tumas o longwe tumas. Makim narapela, olsem: DE 25 Des",
    },
    "programme.no_date": {
        "en": "You are in no programme that has a date. To join one, send: JOIN",
        "tpi": "Yu no stap long program i gat de. Long joinim wanpela, salim: JOINIM",
    },
    "programme.call": {
        "en": "A health worker will call you on this number. If it is an emergency, call 111 or "
        "go to the nearest health centre now.",
        "tpi": "Helt woka bai ringim yu long dispela namba. Sapos em i bikpela hevi nau, ringim "
        "111 o go hariap long helt senta.",
    },
    "programme.help": {
        "en": "{title} understands: {words}. DATE moves your day, PAUSE waits, STOP ends it. "
        "To talk to somebody, send CALL",
        "tpi": "{title} i save long: {words}. DE i senisim de, MALOLO i wet, STOPIM i pinisim. "
        "Long toktok, salim RINGIM",
    },
    "programme.thanks": {
        "en": "Thank you. We have your answer.",
        "tpi": "Tenkyu. Mipela kisim bekim bilong yu.",
    },
    "programme.join_hint": {
        "en": "{title} helps you by SMS, free of charge. To join, send: {word}",
        "tpi": "{title} i helpim yu long SMS, i no gat pe. Long joinim, salim: {word}",
    },
    "programme.again_choice": {
        "en": "Please reply with one of these numbers only: {digits}",
        "tpi": "Plis bekim wantaim wanpela bilong ol dispela namba tasol: {digits}",
    },
    "programme.again_number": {
        "en": "Please reply with a number from {least} to {most}.",
        "tpi": "Plis bekim wantaim wanpela namba, {least} i go inap long {most}.",
    },
    "programme.again_date": {
        "en": "Please reply with a day that suits, such as: 25 Dec",
        "tpi": "Plis bekim wantaim wanpela de, olsem: 25 Des",
    },
    "programme.again_name": {
        "en": "Please reply with your first name only, or NO if you would rather not tell it.",
        "tpi": "Plis bekim wantaim nem bilong yu tasol, o NOGAT sapos yu no laik tokim mipela.",
    },
    "programme.again_province": {
        "en": "Please reply with the name of your province, such as: Morobe",
        "tpi": "Plis bekim wantaim nem bilong provins bilong yu, olsem: Morobe",
    },
    "error.programme_suspended": {
        "en": "This programme is being revised and sends nothing just now. In an emergency call "
        "111 or go to the nearest health centre.",
        "tpi": "Mipela stretim dispela program na i no salim mesej nau. Sapos bikpela hevi i "
        "kamap, ringim 111 o go long helt senta.",
    },
    "concern.flag": {
        "en": "URGENT, {title}: {what}. Please call {number} now, then note in the list of "
        "concerns what you did.",
        "tpi": "HARIAP, {title}: {what}. Plis ringim {number} nau, na raitim long lis wanem "
        "samting yu mekim.",
    },
    "concern.call": {
        "en": "{title}: {number} asks to be called. Please call, then note it in the list of "
        "concerns.",
        "tpi": "{title}: {number} i laik bai yu ringim. Plis ringim, na raitim long lis.",
    },
    "concern.answer": {
        "en": "{title}: an answer from {number} needs you ({what}). Please call, then note it.",
        "tpi": "{title}: bekim bilong {number} i nidim yu ({what}). Plis ringim, na raitim long "
        "lis.",
    },
}
