"""Every sentence by code and language, one module a feature."""

from __future__ import annotations

from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from collections.abc import Mapping

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
