"""Reading what is known: an animal's history, premises, and lists of either."""

from __future__ import annotations

from services.livestock.queries.animals import (
    AnimalHistory,
    JournalEntry,
    StayAt,
    animal_history,
    subject_of,
)
from services.livestock.queries.places import PremisesSummary, is_premises, read_places

__all__ = [
    "AnimalHistory",
    "JournalEntry",
    "PremisesSummary",
    "StayAt",
    "animal_history",
    "is_premises",
    "read_places",
    "subject_of",
]
