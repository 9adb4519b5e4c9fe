"""Errors of the standards: faults of partners' documents."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from services.core.errors import Conflict, Invalid

Path = tuple[str | int, ...]


class UnreadableMember(Invalid):
    """Something in a partner's document that cannot be kept as it is.

    Attributes:
        faults: for each JSON path, the reason.
    """

    def __init__(self, reason: str = "", faults: Mapping[Path, str] | None = None) -> None:
        super().__init__("The document cannot be kept as it is, so nothing of it was taken")
        self.faults: Mapping[Path, str] = faults or {(): reason}
        self.fields = _nested(self.faults)

    def below(self, *path: str | int) -> "UnreadableMember":
        """Return the same error, its paths seen from further out."""
        return UnreadableMember(faults={path + inner: text for inner, text in self.faults.items()})


class EventConflict(Conflict):
    """An event with the id of a different event."""

    detail = "Another event is recorded as {number}: send an error declaration, not a change"


class UnknownParameter(Invalid):
    """A query asks for something that is not looked for here; it is never passed over."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"The query cannot be answered: {name} {reason}", {name: reason})


@contextmanager
def at(*path: str | int) -> Iterator[None]:
    """Add a step to the path of faults inside."""
    try:
        yield
    except UnreadableMember as error:
        raise error.below(*path) from error


def _nested(faults: Mapping[Path, str]) -> dict[str, object]:
    tree: dict[str, object] = {}
    for path, reason in faults.items():
        *outer, last = path or ("",)
        here = tree
        for step in outer:
            inner = here.setdefault(str(step), {})
            here = inner if isinstance(inner, dict) else {}
        here[str(last)] = reason
    return tree
