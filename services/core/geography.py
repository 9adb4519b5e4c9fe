"""The 22 first-level divisions of Papua New Guinea (ISO 3166-2:PG), and their time zones."""

from sms.local_time import DEFAULT_ZONE

BOUGAINVILLE_ZONE = "Pacific/Bougainville"

PROVINCES = (
    "Bougainville", "Central", "Chimbu", "East New Britain", "East Sepik", "Eastern Highlands",
    "Enga", "Gulf", "Hela", "Jiwaka", "Madang", "Manus", "Milne Bay", "Morobe",
    "National Capital District", "New Ireland", "Northern", "Sandaun", "Southern Highlands",
    "West New Britain", "Western", "Western Highlands",
)  # fmt: skip
OTHER_NAMES = {
    "Simbu": "Chimbu",
    "Oro": "Northern",
    "West Sepik": "Sandaun",
    "NCD": "National Capital District",
    "Port Moresby": "National Capital District",
    "EHP": "Eastern Highlands",
    "WHP": "Western Highlands",
    "SHP": "Southern Highlands",
}
_NAMES = {
    name.casefold(): province
    for name, province in (*((one, one) for one in PROVINCES), *OTHER_NAMES.items())
}
_MOST_WORDS = 3


def split_province(text: str) -> tuple[str, str | None]:
    """Take a province off the end of a place's name: `Kudjip, Jiwaka` -> (`Kudjip`, `Jiwaka`)."""
    words = text.replace(",", " ").split()
    for count in range(min(_MOST_WORDS, len(words)), 0, -1):
        province = _NAMES.get(" ".join(words[-count:]).casefold())
        if province:
            return " ".join(words[:-count]) or province, province
    return " ".join(words), None


def zone_of(province: str | None) -> str:
    """Return the IANA zone of a province; Bougainville is UTC+11, the rest UTC+10."""
    return BOUGAINVILLE_ZONE if province == "Bougainville" else DEFAULT_ZONE
