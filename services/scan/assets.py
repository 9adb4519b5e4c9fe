"""The page's files, and the version that all of them together are."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from services.scan.words import page_words

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE, WORKER, WORDS = "scan.html", "worker.js", "words.json"
PREFIX = "/scan"

_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "svg": "image/svg+xml",
}


class Asset(NamedTuple):
    """One file, as a browser gets it."""

    text: str
    content_type: str


@cache
def assets() -> Mapping[str, Asset]:
    """Return every file by name; the worker knows the others, and the version of all."""
    folder = files("services.scan") / "files"
    texts = {one.name: one.read_text("utf-8") for one in folder.iterdir() if one.is_file()}
    texts[WORDS] = json.dumps(page_words(), ensure_ascii=False, sort_keys=True)
    texts[WORKER] = _head(texts) + texts[WORKER]
    return {name: Asset(text, _TYPES[name.rpartition(".")[2]]) for name, text in texts.items()}


def _head(texts: Mapping[str, str]) -> str:
    """Write the line that the worker begins with: it changes whenever any file does."""
    digest = hashlib.sha256(json.dumps(texts, sort_keys=True).encode()).hexdigest()[:16]
    named = [f"{PREFIX}/{name}" for name in sorted(texts) if name not in {PAGE, WORKER}]
    return f"const VERSION = {json.dumps(digest)}, FILES = {json.dumps([PREFIX, *named])};\n"
