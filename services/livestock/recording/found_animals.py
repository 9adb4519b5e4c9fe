"""Animals of numbers, made where they are not known, in one statement of PostgreSQL."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from services.livestock.domain.model import Key

Found = Row[*tuple[Any, ...]]
"""Columns of an `AnimalRef`, after the number that it was looked up by, and of an `Issue`."""

# Keys are drawn in the order of the numbers. Of ranges, which never overlap, the first that ends at
# a tag or later is its own, or none is: no other is read. OFFSET keeps a look-up for each number
# and keeper: the planner takes JSON for a hundred rows, for which it would read all of a table.
FIND_OR_MAKE = text("""
    WITH wanted AS MATERIALIZED (
        SELECT * FROM json_to_recordset(CAST(:wanted AS json))
        AS one (scheme varchar, value varchar, may_be boolean)
    ), known AS MATERIALIZED (
        SELECT wanted.scheme, wanted.value, found.*, false AS made
        FROM wanted CROSS JOIN LATERAL (
            SELECT identifier.retired_on, animal.id, animal.scheme AS first_scheme,
                animal.value AS first_value, animal.kind
            FROM identifier LEFT JOIN animal ON animal.id = identifier.animal_id
            WHERE identifier.scheme = wanted.scheme AND identifier.value = wanted.value
            OFFSET 0
        ) AS found
    ), made AS (
        INSERT INTO animal (public_id, scheme, value, kind, found)
        SELECT gen_random_uuid(), scheme, value, 'animal', true
        FROM wanted LEFT JOIN known USING (scheme, value)
        WHERE may_be AND known.made IS NULL
        ORDER BY scheme COLLATE "C", value COLLATE "C"
        RETURNING id, scheme, value, kind
    ), numbered AS (
        INSERT INTO identifier (scheme, value, animal_id) SELECT scheme, value, id FROM made
    )
    SELECT named.*, issue.* FROM (
        SELECT * FROM known UNION ALL
        SELECT scheme, value, null, id, scheme, value, kind, true FROM made
    ) AS named LEFT JOIN LATERAL (
        SELECT tag_range.first, tag_range.premises_id, premises.keeper_id,
            EXISTS (
                SELECT FROM contact WHERE party_id = premises.keeper_id OFFSET 0
            ) AS reachable
        FROM (
            SELECT first, premises_id FROM tag_range
            WHERE named.scheme = 'iso11784' AND last >= named.value
            ORDER BY last LIMIT 1
        ) AS tag_range JOIN premises ON premises.id = tag_range.premises_id
    ) AS issue ON issue.first <= named.value
""")


def find_or_make(session: Session, keys: Sequence[tuple[Key, bool]]) -> Sequence[Found]:
    """Return the animals of any number of keys, and to whom their tags were issued.

    Args:
        keys: each with whether an animal may be made of it, as *found*; others are left out.
    """
    wanted = [{**key._asdict(), "may_be": may_be} for key, may_be in keys]
    return session.connection().execute(FIND_OR_MAKE, {"wanted": json.dumps(wanted)}).all()
