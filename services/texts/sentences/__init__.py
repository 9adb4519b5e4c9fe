"""Every sentence by code and language, one module a feature."""

from __future__ import annotations

from collections.abc import Mapping

from services.texts.sentences import (
    checking,
    claims,
    control,
    event_mistakes,
    events,
    livestock,
    messages,
    mistakes,
    programmes,
    readers,
    reasons,
    system,
    ussd,
    village,
)

_MODULES = (
    checking,
    claims,
    control,
    event_mistakes,
    events,
    livestock,
    messages,
    mistakes,
    programmes,
    readers,
    reasons,
    system,
    ussd,
    village,
)

SENTENCES: Mapping[str, Mapping[str, str]] = {
    code: sentence for module in _MODULES for code, sentence in module.SENTENCES.items()
}
