"""Sentences of proven records for people, and what a file leaves out of a subject's entries; pure.

What a record says was written by whoever made the file, so it is printed without characters that
a terminal obeys.
"""

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from chain.canonical import commitment, parse_canonical, public_subject
from chain.ports import LoggedLeaf
from chain.proof import Proof, ProvenRecord

_BARE: Final = ("iso11784", "bilum")
"""Schemes whose numbers people write without them: ear tags, and the operator's short numbers."""
_LONGEST: Final = 60


class SubjectEntries(NamedTuple):
    """Entries of one subject: those that a chain lists, held against those of a file.

    Attributes:
        subject: its words.
        listed: how many the chain has below the file's checkpoint.
        left_out: indexes of those that the file neither holds nor says were erased.
        later: how many came after the checkpoint.
        false: indexes of the file's records that the chain does not have at their places.
    """

    subject: str
    listed: int
    left_out: tuple[int, ...]
    later: int
    false: tuple[int, ...]


def describe(record: ProvenRecord) -> str:
    """Name a record that passed the steps: its index, its subject's number, its type and its day.

    A subject under a secret key has no number.
    """
    content = parse_canonical(record.content)
    day = content["occurred"].get("at") if isinstance(content.get("occurred"), dict) else None
    kind = _printable(content.get("type"), "no type")
    what = f"{_subject(record)}, {kind}, {_printable(day, 'no day')[:10]}"
    return f"record {record.index}: {what}"


def subjects_of(proof: Proof) -> tuple[bytes, ...]:
    """Return the subjects of a proof's records, each once."""
    return tuple(dict.fromkeys(record.subject for record in proof.records))


def other_than(proof: Proof, tag: str) -> ProvenRecord | None:
    """Return the first record that is filed under another number than `tag`, None: there is none.

    `tag` is an ear tag or a short number as it is written, any other number is `scheme:value`.
    """
    scheme, colon, value = tag.partition(":")
    keys = ((scheme, value),) if colon else tuple((bare, tag) for bare in _BARE)
    meant = {public_subject(*key) for key in keys}
    return next((record for record in proof.records if record.subject not in meant), None)


def compare_entries(proof: Proof, subject: bytes, entries: Sequence[LoggedLeaf]) -> SubjectEntries:
    """Hold a proof's records of a subject against the chain's list of its entries."""
    mine = [record for record in proof.records if record.subject == subject]
    committed = {entry.index: entry.leaf.commitment for entry in entries}
    below = [index for index in committed if index < proof.checkpoint.size]
    explained = {record.index for record in mine} | _erased(mine)
    false = tuple(
        record.index
        for record in mine
        if committed.get(record.index) != commitment(record.salt, record.content)
    )
    return SubjectEntries(
        subject=_subject(mine[0]),
        listed=len(below),
        left_out=tuple(index for index in below if index not in explained),
        later=len(committed) - len(below),
        false=false,
    )


def describe_entries(entries: SubjectEntries) -> str:
    """Write a comparison in one line."""
    explained = entries.listed - len(entries.left_out)
    line = f"{entries.subject}: {entries.listed} on the chain, {explained} explained here"
    if entries.left_out:
        line += f"; LEFT OUT: {_indexes(entries.left_out)}"
    if entries.later:
        line += f"; {entries.later} more came after this checkpoint"
    if entries.false:
        line += f"; NOT ON THE CHAIN: {_indexes(entries.false)}"
    return line


def _erased(records: Collection[ProvenRecord]) -> set[int]:
    """Return the indexes of which proven records say that their content was erased."""
    contents = [parse_canonical(record.content) for record in records]
    details = [one.get("details") for one in contents if one.get("type") == "erasure"]
    named = [one.get("erased") for one in details if isinstance(one, dict)]
    return {index for index in named if isinstance(index, int)}


def _subject(record: ProvenRecord) -> str:
    named = parse_canonical(record.content)["subjects"][record.position]
    kind, scheme, value = _printable(named["kind"], ""), named.get("scheme"), named.get("value")
    if not isinstance(scheme, str) or not isinstance(value, str):
        return f"{kind} (its number is not disclosed)"
    return f"{kind} {_printable(value if scheme in _BARE else f'{scheme}:{value}', '')}"


def _printable(value: object, otherwise: str) -> str:
    if not isinstance(value, str):
        return otherwise
    return (value if value.isprintable() else ascii(value))[:_LONGEST]


def _indexes(numbers: Sequence[int]) -> str:
    return "record " + ", ".join(map(str, numbers))
