"""Single edits of a database and of a proof file, drawn at random, and what an audit may call each.

An edit is found if one of its classes is; whatever else is found must be a class that it allows.
Columns that the ledger knows nothing of are left out: surrogate keys of leaves and batches, since
when a leaf waits, and on which block a batch was seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from services.audit.findings import Difference
from services.audit.projections.coverage import FROM_JOURNAL
from services.livestock.recording.projection import JUDGED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from random import Random

_ALTERED, _LOST = Difference.ALTERED, Difference.CONTENT_LOST
_NO_CHAIN, _NO_ROW = Difference.MISSING_ON_CHAIN, Difference.MISSING_IN_DATABASE
_MOVED, _ROOT, _NODE = Difference.REORDERED, Difference.WRONG_ROOT, Difference.WRONG_NODE
_LEFT, _STATE = Difference.NOT_ERASED, Difference.WRONG_PROJECTION
WRONG_CHAIN = "chain.wrong_chain"

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"

Value = bytes | str | int | None
Row = dict[str, Value]


class Edit(NamedTuple):
    """A statement with its values; what must be found, and what else may."""

    name: str
    statement: str
    values: tuple[Value, ...]
    wanted: frozenset[str]
    allowed: frozenset[str]


class _Kind(NamedTuple):
    wanted: tuple[str, ...]
    beside: tuple[str, ...] = ()


# What is left of an event whose type, time or row is gone: an approval without its event, an
# erasure that excuses nothing.
_EVENT = (_ALTERED, _NO_CHAIN, _NO_ROW, _LEFT)
_TREE = (_ALTERED, _NO_CHAIN, _NODE, _ROOT, _NO_ROW, _MOVED)

# Of a value of another kind it is only told that it cannot be read.
_UNFIT = _Kind((_STATE, _ALTERED))

KEYS: Mapping[str, tuple[str, ...]] = {
    "journal": ("id",),
    "ledger_leaf": ("id",),
    "ledger_node": ("level", "node_index"),
    "ledger_batch": ("id",),
    "ledger_binding": ("id",),
    "erasure": ("leaf_index",),
    "programme_version": ("id",),
    "programme_approval": ("id",),
    "animal": ("id",),
    "premises": ("id",),
    "identifier": ("scheme", "value"),
    "movement": ("id",),
    "flag": ("journal_id", "animal_id", "code"),
    "correction": ("journal_id",),
}
ROWS: Mapping[str, str] = {
    # Of the other, nothing is on the ledger.
    "programme_version": "number = 1",
    # Short numbers may be drawn without an event.
    "identifier": "scheme <> 'bilum'",
    # What orders and places had against a movement was judged once, from what no record tells.
    "flag": "code NOT IN ({})".format(", ".join(f"'{code.value}'" for code in JUDGED)),
}
"""Which rows of a table are told by the journal, where not all of them are."""

STATE = ("animal", "premises", "identifier", "movement", "flag", "correction")

COLUMNS: Mapping[str, Mapping[str, _Kind]] = {
    "journal": {
        "content": _Kind((_ALTERED, _LEFT), _EVENT),
        "event_id": _Kind((_ALTERED,)),
        "type": _Kind((_ALTERED,), _EVENT),
        "occurred_on": _Kind((_ALTERED,)),
        "recorded_at": _Kind((_ALTERED,)),
        "id": _Kind((_NO_ROW, _ALTERED), _EVENT),
    },
    "ledger_leaf": {
        "journal_id": _Kind((_ALTERED, _NO_ROW), _EVENT),
        "position": _Kind((_ALTERED,), (_NO_CHAIN,)),
        "subject": _Kind((_ALTERED,), (_NO_ROW,)),
        "salt": _Kind((_ALTERED, _LEFT)),
        "commitment": _Kind((_ALTERED,)),
        "leaf_index": _Kind((_MOVED, _NO_ROW, _ALTERED), (_LEFT,)),
    },
    "ledger_node": dict.fromkeys(("level", "node_index", "hash"), _Kind((_NODE,), (_ALTERED,))),
    "ledger_batch": {
        "first_index": _Kind((_ROOT,)),
        "size": _Kind((_ROOT,), _TREE),
        "root": _Kind((_ROOT,)),
        "state": _Kind((_ALTERED,)),
    },
    "ledger_binding": dict.fromkeys(("chain_id", "genesis", "contract"), _Kind((WRONG_CHAIN,))),
    "erasure": dict.fromkeys(("leaf_index", "journal_id", "erased_by_id"), _Kind((_ALTERED,))),
    "programme_version": dict.fromkeys(
        ("code", "number", "document", "digest"), _Kind((_ALTERED, _NO_ROW), (_NO_CHAIN,))
    ),
    "programme_approval": dict.fromkeys(
        (
            *("language", "reference", "approved_by_id", "approved_at", "journal_id"),
            *("withdrawn_by_id", "withdrawn_at", "version_id"),
        ),
        _Kind((_ALTERED, _NO_ROW, _NO_CHAIN)),
    ),
    **{table: dict.fromkeys(sorted(FROM_JOURNAL[table]), _UNFIT) for table in STATE},
}

_DELETED: Mapping[str, _Kind] = {
    "journal": _Kind((_NO_ROW, _ALTERED), _EVENT),
    "ledger_leaf": _Kind((_NO_ROW, _NO_CHAIN), (_ALTERED,)),
    "ledger_node": _Kind((_NODE,)),
    "ledger_batch": _Kind((_ROOT,), _TREE),
    "erasure": _Kind((_ALTERED,)),
    "programme_version": _Kind((_NO_ROW,)),
    "programme_approval": _Kind((_NO_ROW,)),
    **dict.fromkeys(STATE, _Kind((_STATE,))),
}
_DOUBLED: Mapping[str, _Kind] = {
    "journal": _Kind((_NO_CHAIN,), _EVENT),
    "ledger_leaf": _Kind((_ALTERED,), (_NO_CHAIN, _NO_ROW)),
    "ledger_node": _Kind((_NODE,)),
    "ledger_batch": _Kind((_ROOT,), _TREE),
    "erasure": _Kind((_ALTERED,)),
    "movement": _Kind((_STATE,)),
    "flag": _Kind((_STATE,)),
}


def _other(draw: Random, old: Value) -> Value:
    """Draw another value of the same kind."""
    match old:
        case None:
            return draw.choice((draw.randbytes(32), draw.randint(10**6, 10**7)))
        case int():
            return old + draw.choice((-3, -2, -1, 1, 2, 3, 10**6))
        case bytes():
            changed = bytearray(old or b"\0")
            changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
            return bytes(changed)
        case str():
            place = draw.choice([at for at, one in enumerate(old) if one.isalnum()])
            letter = draw.choice([one for one in _DIGITS if one != old[place].lower()])
            return old[:place] + letter + old[place + 1 :]


def _far(draw: Random, old: Value) -> Value:
    """Draw a number that nothing has."""
    return int(old or 0) + draw.randint(10**6, 10**7)


# Columns that no two rows may have alike, of a row that is put in besides.
_FRESH: Mapping[str, Mapping[str, Callable[[Random, Value], Value]]] = {
    "journal": {"id": _far, "event_id": _other},
    "ledger_leaf": {"id": _far, "leaf_index": lambda _draw, _old: None},
    "ledger_node": {"node_index": _far},
    "ledger_batch": {"id": _far, "first_index": _far, "size": _far},
    "erasure": {"leaf_index": _far, "erased_by_id": _far},
    "movement": {"id": _far},
    "flag": {"code": _other},
}
_WEIGHTS = {"journal": 6, "ledger_leaf": 7, "ledger_node": 3, "animal": 4, "ledger_binding": 1}


def draw_edit(draw: Random, rows: Mapping[str, Sequence[Row]]) -> Edit:
    """Draw one edit.

    Args:
        draw: seeded.
        rows: of each table of `KEYS`.
    """
    tables = list(KEYS)
    [table] = draw.choices(tables, weights=[_WEIGHTS.get(one, 2) for one in tables])
    row = draw.choice(rows[table])
    way = draw.choices(("change", "delete", "double"), weights=(8, 1, 1))[0]
    if way == "delete" and table in _DELETED:
        return _edit(f"{table} deleted", *_delete(table, row), _DELETED[table])
    if way == "double" and table in _DOUBLED:
        return _edit(f"{table} put in", *_double(draw, table, row), _DOUBLED[table])
    column = draw.choice(list(COLUMNS[table]))
    return _change(draw, table, column, row)


def _change(draw: Random, table: str, column: str, row: Row) -> Edit:
    new = _other(draw, row[column])
    if column == "found":
        # Any number but 0 is read as true.
        new = 1 - int(row[column] or 0)
    if column in {"content", "salt", "leaf_index"} and row[column] is not None:
        new = draw.choice((new, new, None))
    kind = COLUMNS[table][column]
    if new is None:
        kind = _Kind((*kind.wanted, _NO_ROW), (*kind.beside, *_EVENT))
    where, keys = _where(table, row)
    statement = f"UPDATE {table} SET {column} = ? WHERE {where}"  # noqa: S608 — our own tables
    return _edit(f"{table}.{column}", statement, (new, *keys), kind)


def _delete(table: str, row: Row) -> tuple[str, tuple[Value, ...]]:
    where, keys = _where(table, row)
    return f"DELETE FROM {table} WHERE {where}", keys  # noqa: S608 — as above


def _double(draw: Random, table: str, row: Row) -> tuple[str, tuple[Value, ...]]:
    fresh = row | {name: make(draw, row[name]) for name, make in _FRESH[table].items()}
    places = ", ".join("?" for _ in fresh)
    names = ", ".join(fresh)
    statement = f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608 — as above
    return statement, tuple(fresh.values())


def _where(table: str, row: Row) -> tuple[str, tuple[Value, ...]]:
    return " AND ".join(f"{key} = ?" for key in KEYS[table]), tuple(row[key] for key in KEYS[table])


def _edit(name: str, statement: str, values: tuple[Value, ...], kind: _Kind) -> Edit:
    wanted = frozenset(kind.wanted)
    # Whatever is done to an event, the state that follows from it is another.
    return Edit(name, statement, values, wanted, wanted | {_STATE, *kind.beside})


def change_value(draw: Random, document: dict[str, Any]) -> str:
    """Change one value of a proof file; return the name of its field."""
    record = draw.choice(document["records"])
    places = [(document, "format"), (document, "version")]
    for part in (document["ledger"], document["checkpoint"], record):
        places += [(part, name) for name in part]
    part, name = draw.choice(places)
    if name != "path":
        part[name] = _other(draw, part[name])
    elif record["path"]:
        way = draw.choice(("change", "drop", "add"))
        place = draw.randrange(len(record["path"]))
        if way == "change":
            record["path"][place] = _other(draw, record["path"][place])
        elif way == "drop":
            del record["path"][place]
        else:
            record["path"].insert(place, record["path"][place])
    return name
