"""Alarms about the system itself, to its administrators."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "system.channel": {
        "en": "Bilum: channel {channel} is closed since {since}, code {error}. "
        "Its messages take another channel or wait.",
        "tpi": "Bilum: rot {channel} i pas long {since}, kod {error}. "
        "Ol mesej i go long narapela rot o ol i wet.",
    },
    "system.sending": {
        "en": "Bilum: sending has stopped. Messages that wait: {waiting}, the oldest since "
        "{since}. Check that bilum worker runs.",
        "tpi": "Bilum: ol mesej i no go. Mesej i wet: {waiting}, nambawan long {since}. "
        "Lukim olsem bilum worker i ran.",
    },
    "system.recorder": {
        "en": "Bilum: records wait for the ledger since {since}, {waiting} of them. "
        "Events are still taken. Check on the server: bilum doctor",
        "tpi": "Bilum: ol rekod i wet long leja stat long {since}, olgeta wantaim {waiting}. "
        "Ol ripot i kam yet. Lukim long sava: bilum doctor",
    },
    "system.concern": {
        "en": "Bilum: red flags that nobody has handled: {waiting}, the oldest since {since}. "
        "Make sure that a clinician looks at the list of concerns now.",
        "tpi": "Bilum: bikpela hevi bilong ol manmeri i wet yet: {waiting}, nambawan long {since}. "
        "Wanpela dokta o nes i mas lukim lis nau.",
    },
}
