"""Requests and answers as docs/readers.md shows them; a test compares both."""

from typing import Any

_SESSION = "6f1c1f7e-55b1-4f1a-9d8e-2f9f0c8f4d11"
_KUDJIP = {"number": "20468", "name": "Kudjip"}
_WITHDRAWAL = {
    "code": "withdrawal",
    "texts": {
        "en": "NOT YET. Pig 982000001088421 was given medicine. Wait until 2 Dec; after that day "
        "you may slaughter and eat it.",
        "tpi": "NO KEN kilim yet. Pik 982000001088421 i kisim marasin. Wet inap long 2 Des, "
        "bihain yu ken kilim na kaikai.",
    },
}

SCANS: dict[str, Any] = {
    "session": _SESSION,
    "format": "lines",
    "text": "LA 982 000001088420 25/11/2026 08:01:02\r\nLA 982 000001088421\r\n"
    "LR 0006 0000000018514243\r\n",
    "clock": "2026-11-28T08:31:10",
}
SESSION: dict[str, Any] = {
    "session": _SESSION,
    "state": "open",
    "parts": 1,
    "scans": 2,
    "animals": 2,
    "duplicates": 0,
    "faults": [
        {
            "part": 1,
            "line": 3,
            "code": "not_animal",
            "texts": {
                "en": "Line 3: that tag is not for animals. Look at the ear of the pig.",
                "tpi": "Lain 3: dispela namba i no bilong animal. Lukim yau bilong pik.",
            },
        }
    ],
    "clock": {
        "ahead_seconds": 259200,
        "texts": {
            "en": "The clock of the reader is 3 days ahead. Set it.",
            "tpi": "Klok bilong rida i go pas 3 de. Stretim.",
        },
    },
    "seen": [
        {
            "tag": "982000001088420",
            "part": 1,
            "line": 1,
            "at": "2026-11-25T08:01:02",
            "written": "25/11/2026 08:01:02",
            "times": 1,
            "kilograms": None,
            "visual": None,
            "note": None,
            "known": True,
            "number": "104276",
            "kind": "animal",
            "status": "alive",
            "province": "Jiwaka",
            "place": _KUDJIP,
            "withdrawal_until": "2026-12-02",
            "orders": [{"number": "7102", "kind": "quarantine", "disease": "african_swine_fever"}],
            "flags": ["two_places"],
        }
    ],
}
CONFIRM: dict[str, Any] = {
    "as": "movement",
    "direction": "arrive",
    "premises": "20468",
    "other": "20856",
    "day": "2026-11-25",
    "permit": "330577",
}
REVIEW: dict[str, Any] = {
    "session": _SESSION,
    "as": "movement",
    "day": "2026-11-25",
    "premises": _KUDJIP,
    "other": {"number": "20856", "name": None},
    "review": "5b0e5b9f7d3c4c0a",
    "animals": [
        {"tag": "982000001088420", "verdict": "record", "reasons": []},
        {"tag": "982000001088421", "verdict": "refused", "reasons": [_WITHDRAWAL]},
    ],
    "counts": {"record": 1, "refused": 1, "left_out": 0},
    "events": [{"type": "arrive", "animals": 1}],
    "not_seen": ["982000001088425"],
    "not_expected": [],
    "warnings": [],
    "faults": 1,
    "sheet": None,
}
CONFIRMED: dict[str, Any] = REVIEW | {
    "recorded": [
        {
            "id": "0e8a5f4c-93d1-5c5e-8d65-1f2c7b9a3e11",
            "type": "arrive",
            "receipt": "7KQ2-M9XA-P4TD-WZ3C",
            "animals": 1,
            "flags": [],
            "warnings": [],
            "standing": "in_force",
            "asked": None,
        }
    ],
    "registration_wanted": [],
}
