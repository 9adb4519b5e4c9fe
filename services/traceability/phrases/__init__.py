"""The phrases of traceability, in English and Tok Pisin: one module a subject, words and handlers.

Where two phrases fit a message, the earlier one is meant.
"""

from __future__ import annotations

from services.traceability.phrases import asking, moving, registering

FILLERS = (
    *("to", "at", "from", "and", "the", "on", "in", "please", "pls", "pig", "pigs", "place", "my"),
    *("long", "i go", "go", "na", "plis", "ol", "pik", "ples", "bilong mi", "bilong", "kam"),
)

SPOKEN = (*registering.SPOKEN, *moving.SPOKEN, *asking.SPOKEN)
