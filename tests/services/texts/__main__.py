"""`make catalogues`: carry changes of the English catalogues into the others, and list drafts."""

from __future__ import annotations

from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from tests.services.texts.catalogues import DOMAINS, TRANSLATED, entries, header, path_of, read

_WIDTH = 79


def main():
    for domain in DOMAINS:
        source = read("en", domain)
        for entry in entries(source):
            # English is edited as a translation, too; the others translate what it says now.
            entry.id = entry.string
        save(source, "en", domain)
        for language in TRANSLATED:
            catalogue = carried(source, read(language, domain))
            save(catalogue, language, domain)
            drafts = sum(entry.fuzzy for entry in entries(catalogue))
            reviewer = header(language, domain)["X-Reviewed-By"]
            print(f"{language} {domain}: {drafts} drafts of {len(catalogue)}; by {reviewer}")


def carried(english: Catalog, catalogue: Catalog) -> Catalog:
    """Give a catalogue the codes, comments and order of the English one.

    What is new in English, or says something else now, is a draft.
    """
    before = {entry.context: entry for entry in entries(catalogue)}
    catalogue._messages.clear()
    for entry in entries(english):
        old = before.get(entry.context)
        flags = {"fuzzy"} if old is None or old.id != entry.id else set()
        made = catalogue.add(
            entry.id,
            old.string if old else None,
            flags=flags | (old.flags if old else set()),
            auto_comments=entry.auto_comments,
            user_comments=old.user_comments if old else (),
            context=entry.context,
        )
        if "no-python-brace-format" in made.flags:
            # Babel sets the flag again of whatever has braces.
            made.flags.discard("python-brace-format")
    return catalogue


def save(catalogue: Catalog, language: str, domain: str) -> None:
    """Write the entries of a catalogue below its header, which Babel would cut short."""
    path = path_of(language, domain)
    head = path.read_text("utf-8").partition("\n\n")[0]
    body = BytesIO()
    write_po(body, catalogue, _WIDTH, omit_header=True)
    path.write_text(f"{head}\n\n{body.getvalue().decode().rstrip()}\n", "utf-8")


if __name__ == "__main__":
    main()
