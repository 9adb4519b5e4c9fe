"""Other days and hours for messages of a base; pure."""

from services.health.format.documents import Node
from services.health.format.text_slots import Json


def messages_of(document: Json) -> dict[str, Json]:
    """Return the messages of all phases by id."""
    phases = document.get("phases", [])
    return {one["id"]: one for phase in phases for one in phase.get("messages", [])}


def move(document: Json, node: Node) -> None:
    """Give messages of phases another day or hour."""
    if node.missing or not node.is_object("a mapping of day and hour by message"):
        return
    there = messages_of(document)
    for name, one in node.items():
        if name not in there:
            one.fault(f"no phase of the base has a message {name}")
        elif one.members("day", "at"):
            there[name] |= {key: each.value for key, each in one.items()}
