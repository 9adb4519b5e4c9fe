"""Examples of campaigns for the API's description."""

from __future__ import annotations

DRAFT = {
    "name": "World Diabetes Day",
    "kind": "broadcast",
    "programme": None,
    "texts": {
        "en": "{name}, on 14 Nov your health centre tests blood sugar, free for everybody.",
        "tpi": "{name}, long 14 Nov helt senta bai testim blut nating. Olgeta man i ken kam.",
    },
    "audience": {"provinces": ["Jiwaka"], "age_from": 40, "lists": ["clinic"]},
    "opens_at": "2026-11-25T22:00:00+00:00",
    "closes_at": "2026-11-27T10:00:00+00:00",
    "rate": 100,
    "payer": "National Department of Health",
    "reference": "MOH-2026-17",
}
CAMPAIGN = {
    "id": "5d5f8d0e-1c44-4a0e-9a65-0f6a4d9f7c55",
    **DRAFT,
    "state": "approved",
    "drafted_by": "2c0f8d0e-1c44-4a0e-9a65-0f6a4d9f7c11",
    "drafted_at": "2026-11-25T01:12:03+00:00",
    "approved_by": "9f0c6f0e-5d0a-4f7e-8a43-0f3c6a1f2b11",
    "approved_at": "2026-11-25T01:22:03+00:00",
    "people": 4120,
    "segments": 4120,
    "cost": 103000,
    "queued": 0,
    "ended_at": None,
}
_ALL = {"people": 4120, "segments": 4120, "cost": 103000}
DRY_RUN = {
    "total": _ALL,
    "languages": {
        "en": {"people": 1020, "segments": 1020, "cost": 25500},
        "tpi": {"people": 3100, "segments": 3100, "cost": 77500},
    },
    "provinces": {"Jiwaka": _ALL},
    "encodings": {"GSM-7": _ALL},
    "channels": {"kannel": _ALL},
    "left_out": {"dead_number": 12, "stopped_all": 41},
    "payer": "National Department of Health",
    "peaks": [{"at": "2026-11-25T22:00:00+00:00", "campaign": 4120, "others": 310}],
    "ends_at": "2026-11-25T22:42:00+00:00",
    "fits": True,
    "unsent": 0,
}
PROGRESS = {
    "state": "running",
    "people": 4120,
    "queued": 1200,
    "delivered": 980,
    "segments": 1150,
    "cost": 28750,
    "messages": [
        {"state": "delivered", "reason": None, "messages": 980},
        {"state": "queued", "reason": "rate", "messages": 50},
        {"state": "sent", "reason": None, "messages": 170},
    ],
    "minutes": [{"at": "2026-11-25T22:11:00+00:00", "tries": 100}],
    "out_of_window": 0,
}
