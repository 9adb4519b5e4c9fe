"""Files of forms that are drawn again: a browser sends a file once, so the page carries it."""

import json
from base64 import b64decode, b64encode
from binascii import Error
from typing import Any, NamedTuple

from flask import request

LONGEST_KEPT_FILE = 256 * 1024
"""Bytes of a file that a page carries; a longer one is chosen again."""
KEPT, LOST = "kept_file-", "lost_file-"
"""Fields of a file that a page carries, and of one that is to be chosen again: then its own."""


class Upload(NamedTuple):
    """A file of a form: its name as the browser told it, and its content."""

    name: str
    content: bytes


def uploaded(field: str) -> Upload | None:
    """Return the file of a field: chosen now, or carried by the page since it was."""
    return _chosen(field) or _carried(request.form.get(f"{KEPT}{field}", ""))


def files_of_request() -> list[tuple[str, str]]:
    """Return a field for each file of this request, for a page that draws its form again."""
    found = [(name, value) for name, value in request.form.items() if name.startswith(KEPT)]
    for field in request.files:
        if (file := _chosen(field)) is not None:
            found = [one for one in found if one[0] != f"{KEPT}{field}"]
            found.append(_field_of(field, file))
    return found


def file_of_request(field: str) -> tuple[str, str, str] | None:
    """Return name and value of the field that carries a file, and the file's name; None: none."""
    for name, value in files_of_request():
        if name == f"{KEPT}{field}" and (file := _carried(value)):
            return name, value, file.name
    return None


def name_of_kept(value: str) -> str:
    """Return the name of a file that a page carries."""
    file = _carried(value)
    return file.name if file else ""


def read_kept(text: str) -> list[Any]:
    """Return the list that a page carried as JSON; empty: it is none that a page of ours drew."""
    try:
        found = json.loads(text)
        # Half of a surrogate pair cannot be shown, and what nests deep cannot be written either.
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return []
    return found if isinstance(found, list) else []


def _chosen(field: str) -> Upload | None:
    file = request.files.get(field)
    if file is None or not file.filename:
        return None
    file.stream.seek(0)
    content = file.stream.read()
    file.stream.seek(0)
    return Upload(file.filename, content)


def _field_of(field: str, file: Upload) -> tuple[str, str]:
    if len(file.content) > LONGEST_KEPT_FILE:
        return f"{LOST}{field}", file.name
    return f"{KEPT}{field}", json.dumps([file.name, b64encode(file.content).decode()])


def _carried(value: str) -> Upload | None:
    try:
        name, content = read_kept(value)
        return Upload(str(name), b64decode(content, validate=True))
    except (ValueError, TypeError, Error):
        return None
