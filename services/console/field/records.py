"""An event as one sentence, on pages of what it is about."""

from collections.abc import Mapping
from typing import Any

from services.console.ledger.record_sentences import event_facts, kind_in_words
from services.console.words import t

_UNKNOWN = "unknown"


def record_sentence(view: Mapping[str, Any]) -> str:
    """Write an event, as `queries.events.event_views` shows it; its animals are told elsewhere."""
    what = kind_in_words(view["type"])
    if view["erased"]:
        return t("field_erased", what=what)
    details = {name: told for name, told in view["details"].items() if told != _UNKNOWN}
    facts = ", ".join(event_facts({**view, "animals": (), "details": details}))
    return f"{what}: {facts}" if facts else what
