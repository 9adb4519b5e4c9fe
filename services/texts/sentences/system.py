"""Alarms about the system itself, to its administrators."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "system.channel": {
        "en": "Bilum: channel {channel} is closed since {since}, code {error}. "
        "Its messages take another channel or wait.",
        "tpi": "Bilum: rot {channel} i pas long {since}, kod {error}. "
        "Ol mesej i go long narapela rot o ol i wet.",
    },
    "system.sending": {
        "en": "Bilum: sending has stopped. {waiting} messages wait, the oldest since {since}. "
        "Check that bilum worker runs.",
        "tpi": "Bilum: ol mesej i no go. {waiting} mesej i wet, nambawan long {since}. "
        "Lukim olsem bilum worker i ran.",
    },
    "system.recorder": {
        "en": "Bilum: nothing goes on the ledger since {since}. {waiting} records wait. "
        "Events are still taken. Check on the server: bilum doctor",
        "tpi": "Bilum: i no gat rekod i go long leja stat long {since}. {waiting} rekod i wet. "
        "Ol ripot i kam yet. Lukim long sava: bilum doctor",
    },
}
