"""What the screens of USSD say around what a service tells: keys, PINs, codes."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "ussd.title": {"en": "Bilum", "tpi": "Bilum"},
    "ussd.back": {"en": "0 Back", "tpi": "0 Bek"},
    "ussd.home": {"en": "00 Home", "tpi": "00 Stat"},
    "ussd.more": {"en": "9 More", "tpi": "9 Moa"},
    "ussd.go_on": {"en": "9 Go on", "tpi": "9 Go yet"},
    "ussd.yes": {"en": "1 Yes", "tpi": "1 Yes"},
    "ussd.by_sms": {"en": "1 SMS", "tpi": "1 SMS"},
    "ussd.wrong": {"en": "No such key.", "tpi": "Ki i no stret."},
    "ussd.done": {"en": "Done.", "tpi": "Em i pinis."},
    "ussd.sent": {"en": "It comes by SMS.", "tpi": "SMS bai i kam."},
    "ussd.pin": {
        "en": "To do it type your PIN.",
        "tpi": "Long mekim, raitim PIN bilong yu.",
    },
    "ussd.pin_wrong": {
        "en": "The PIN is wrong. You can try {count} times more.",
        "tpi": "PIN i no stret. Yu ken traim {count} taim moa.",
    },
    "ussd.pin_locked": {
        "en": "The PIN was wrong too often: it is locked, and nothing was changed. Set a new one "
        "in the menu (PIN), or send it by SMS.",
        "tpi": "PIN i rong planti taim: em i pas na mipela i no senisim wanpela samting. Mekim "
        "nupela long menyu (PIN), o salim SMS.",
    },
    "ussd.code_sent": {
        "en": "We sent you a code by SMS. Type it here, or answer the SMS. With a PIN you need no "
        "SMS: set one in the menu (PIN).",
        "tpi": "Mipela salim kod long SMS. Raitim kod hia, o bekim SMS. Sapos yu gat PIN, yu no "
        "nidim SMS: mekim PIN long menyu (PIN).",
    },
    "ussd.pin_code": {
        "en": "Bilum: the code to set your PIN is {digits}. It ends in 30 minutes. Tell it to "
        "nobody. If you did not ask for it, do nothing.",
        "tpi": "Bilum: kod bilong mekim PIN em {digits}. Em i pinis long 30 minit. No ken tokim "
        "narapela man. Sapos yu no bin askim, larim tasol.",
    },
    "ussd.pin_code_sent": {
        "en": "We sent you a code by SMS. Type it here. If it is late, dial again within 10 "
        "minutes.",
        "tpi": "Mipela salim kod long SMS. Raitim kod hia. Sapos i kam isi, ring gen insait long "
        "10 minit.",
    },
    "ussd.pin_code_wrong": {
        "en": "The code is wrong. You can try {count} times more.",
        "tpi": "Kod i no stret. Yu ken traim {count} taim moa.",
    },
    "ussd.pin_code_ended": {
        "en": "This code does not count any more. Choose PIN in the menu to get a new one.",
        "tpi": "Dispela kod i no wok moa. Makim PIN long menyu na kisim nupela.",
    },
    "ussd.pin_codes_spent": {
        "en": "You got too many codes today. Try again tomorrow, or tell an officer.",
        "tpi": "Yu kisim planti kod pinis tude. Traim gen tumora, o tokim ofisa.",
    },
    "ussd.pin_new": {
        "en": "Type a new PIN: 4 to 6 digits that others do not guess.",
        "tpi": "Raitim nupela PIN: 4 inap 6 namba, narapela man i no ken save.",
    },
    "ussd.pin_again": {
        "en": "Type the same PIN again.",
        "tpi": "Raitim wankain PIN gen.",
    },
    "ussd.pin_shape": {
        "en": "A PIN has 4 to 6 digits and nothing else.",
        "tpi": "PIN i gat 4 inap 6 namba tasol.",
    },
    "ussd.pin_easy": {
        "en": "That PIN is too easy: not 1234, not 0000, not the end of your number.",
        "tpi": "Dispela PIN i isi tumas: i no ken 1234, 0000, o las hap bilong namba bilong yu.",
    },
    "ussd.pin_differs": {
        "en": "That was not the same PIN.",
        "tpi": "Em i no wankain PIN.",
    },
    "ussd.pin_set": {
        "en": "Your PIN is set. Tell it to nobody: we never ask for it but on this screen.",
        "tpi": "PIN bilong yu i stap nau. No ken tokim narapela man: mipela askim long dispela "
        "skrin tasol.",
    },
}
