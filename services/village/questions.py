"""Tags that people ask about through a box: it is told how they stand, from the next sync on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from gateway.grammar import NotUnderstood, Understood
from gateway.tags import Identifier
from services.messaging.command_router import CommandContext, InterceptResult
from services.storage.bulk import upsert
from services.storage.models import VillageQuestion

_ASKING = frozenset({"ok", "check", "trace"})
_ARGUMENTS = ("tag", "tags")
_MOST = 20


def note_question(
    context: CommandContext, _text: str, found: Understood | NotUnderstood
) -> InterceptResult | None:
    """Note which tags a message asks about; a listener that hears nothing."""
    if context.relayed is None or not isinstance(found, Understood):
        return None
    if found.phrase.code in _ASKING:
        for identifier in list(dict.fromkeys(_tags(found)))[:_MOST]:
            statement = upsert(context.unit.session, VillageQuestion).values(
                device_id=context.relayed.box,
                scheme=identifier.scheme,
                value=identifier.value,
                asked_at=context.now,
            )
            context.unit.session.execute(
                statement.on_conflict_do_update(
                    index_elements=["device_id", "scheme", "value"], set_={"asked_at": context.now}
                )
            )
    return None


def _tags(found: Understood) -> Iterator[Identifier]:
    for name in _ARGUMENTS:
        value = found.arguments.get(name)
        for one in cast("tuple[object, ...]", value if isinstance(value, tuple) else (value,)):
            if isinstance(one, Identifier):
                yield one
