"""Examples of orders, notices and outbreaks for the API's description."""

from __future__ import annotations

DECLARED = {
    "kind": "zone",
    "status": "infected",
    "disease": "african_swine_fever",
    "area": {"districts": [{"province": "Jiwaka", "district": "Anglimp South Waghi"}]},
    "area_name": "Anglimp South Waghi",
    "since": "2026-11-25",
    "outbreak": "1745",
}
ORDER = {
    "number": "Z-2026-1",
    "kind": "zone",
    "status": "infected",
    "disease": "african_swine_fever",
    "area": {"districts": [{"province": "Jiwaka", "district": "Anglimp South Waghi"}]},
    "area_name": "Anglimp South Waghi",
    "since": "2026-11-25",
    "until": None,
    "declared_at": "2026-11-25T01:02:03+00:00",
    "lifted_at": None,
    "outbreak": "1745",
}
ONE_ORDER = {**ORDER, "reach": {"keepers": 4120, "segments": 4120, "cost": 103000}}
NOTICE = {
    "id": "9f0c6f0e-5d0a-4f7e-8a43-0f3c6a1f2b11",
    "order": "Z-2026-1",
    "state": "approved",
    "texts": {
        "en": "ASF is in Anglimp South Waghi. From 25 Nov no pigs or pork may go in or out. "
        "Order Z-2026-1. Call NAQIA 1801332.",
        "tpi": "Sik ASF i stap long Anglimp South Waghi. Stat long 25 Nov i tambu long muvim pik o "
        "mit i go o kam. Oda Z-2026-1. Ringim NAQIA 1801332.",
    },
    "unreviewed": [],
    "drafted_recipients": 4118,
    "recipients": 4120,
    "segments": 4120,
    "cost": 103000,
    "drafted_at": "2026-11-25T01:12:03+00:00",
    "approved_at": "2026-11-25T01:22:03+00:00",
}
OPENED = {
    "disease": "african_swine_fever",
    "premises": "1068",
    "began_on": "2026-11-23",
    "state": "suspect",
}
OUTBREAK = {
    "number": "1745",
    "id": "2c0f8d0e-1c44-4a0e-9a65-0f6a4d9f7c11",
    "disease": "african_swine_fever",
    "state": "confirmed",
    "premises": "1068",
    "began_on": "2026-11-23",
}
_COUNTS = {"sick": 12, "dead": 5, "culled": 7, "disposed": 12, "slaughtered": 0}
_SITE = {
    "number": "1068",
    "kind": "household",
    "province": "Jiwaka",
    "district": "Anglimp South Waghi",
    "llg": "Kudjip",
    "ward": "3",
}
SITUATION = {
    "number": "1745",
    "disease": "african_swine_fever",
    "on": "2026-11-25",
    "state": "confirmed",
    "steps": [
        {"state": "suspect", "day": "2026-11-23"},
        {"state": "confirmed", "day": "2026-11-25"},
    ],
    "index": _SITE,
    "today": _COUNTS,
    "total": _COUNTS,
    "days": [{"day": "2026-11-25", "counts": _COUNTS}],
    "places": [{"site": _SITE, "since": "2026-11-25", "counts": _COUNTS}],
    "orders": [
        {
            "number": "Z-2026-1",
            "kind": "zone",
            "status": "infected",
            "area_name": "Anglimp South Waghi",
            "since": "2026-11-25",
            "until": None,
            "in_force": True,
        }
    ],
    "notices": [],
}
WOAH = {
    "country": "Papua New Guinea",
    "report": "Immediate notification",
    "report_date": "2026-11-25",
    "event": "1745",
    "event_status": "Continuing",
    "reason_for_notification": None,
    "disease": "African swine fever virus (Inf. with)",
    "causal_agent": "African swine fever virus",
    "event_start_date": "2026-11-23",
    "confirmation_date": "2026-11-25",
    "end_date": None,
    "outbreaks": [
        {
            "outbreak": "1068",
            "first_administrative_division": "Jiwaka",
            "second_administrative_division": "Anglimp South Waghi",
            "location": "3, Kudjip",
            "latitude": -5.85,
            "longitude": 144.61,
            "epidemiological_unit": "Backyard",
            "outbreak_start_date": "2026-11-25",
            "species": "Swine",
            "measuring_unit": "Animal",
            "susceptible": 19,
            "cases": 12,
            "deaths": 5,
            "killed_and_disposed_of": 7,
            "slaughtered": 0,
        }
    ],
    "control_measures": ["Movement control inside the country", "Zoning", "Traceability"],
    "source": "Unknown or inconclusive",
}
CLAIMS = (
    "order,tag,heads,owner,premises,day,event,receipt,ledger\r\n"
    "Z-2026-1,598000000000017,1,2c0f8d0e-1c44-4a0e-9a65-0f6a4d9f7c11,1068,2026-11-25,"
    "0e8a5f4c-93d1-5c5e-8d65-1f2c7b9a3e11,7KQ2-M9XA-P4TD-WZ3C,on chain\r\n"
)
