"""The form of a keyword: how people write it, what is answered, and what follows."""

from collections.abc import Mapping, Sequence

from services.console.programmes.draft_pages import OpenDraft
from services.console.programmes.part_actions import by_do, choices_of
from services.console.programmes.part_fields import NAME, Fields, lines_of, long_words, words_in
from services.console.programmes.part_replies import (
    Written,
    at_place,
    drawn_actions,
    drawn_reply,
    place_of,
    rows_of,
    with_evidence_of,
    written_actions,
    written_reply,
    wrong_replies,
)
from services.console.programmes.text_form import TypedEvidence, evidence_told
from services.core.errors import NotFound
from services.health.format.entries import Text
from services.health.format.overlay_changes import merged, part_of
from services.health.format.part_edits import with_join, with_members, with_word
from services.health.format.text_slots import Json

JOIN = "join"
"""The name of the words that enrol, which are no keyword of their own."""
HEARD = ("says", "hears", "alone")


def drawn_word(given: OpenDraft, name: str) -> Fields:
    """Return the fields of a keyword as the draft has it; NotFound: it has none of this name."""
    part = _part(given, name)
    found = {
        f"{key}-{language}": lines_of(part.get(key, {}).get(language, []))
        for key in HEARD
        for language in given.programme.languages
    }
    for number, reply in enumerate(part.get("replies", []), 1):
        found |= {f"reply-{number}-of": str(number), **drawn_reply(f"reply-{number}", reply)}
    return {**found, **drawn_actions("word", part.get("do", []))}


def written_word(given: OpenDraft, name: str, fields: Fields) -> Written:
    """Return the members of a keyword as they were typed; `name`: empty where it is a new one."""
    part = _part(given, name) if name else {}
    wrong = wrong_replies(fields)
    members: Json = {key: _words(given, fields, key, part) for key in HEARD}
    named = {name: words_in(one) for name, one in fields.items() if name.split("-")[0] in HEARD}
    wrong |= dict(long_words(named))
    if not members["says"]:
        wrong[f"says-{next(iter(given.programme.languages))}"] = "programmes_says_none"
    actions = written_actions(fields, "word", by_do(choices_of(given.document)))
    replies = _replies(given, name, fields, part.get("replies", []))
    members |= {"do": actions.value or None, "replies": replies or None}
    if not name:
        wrong |= _wrong_code(given, fields.get("code", ""))
    elif name == JOIN:
        members = {"says": members["says"]}
    return Written(members, wrong | dict(actions.wrong))


def changed_word(given: OpenDraft, name: str, members: Json) -> Json:
    """Return the draft's differences with a keyword as it was typed."""
    if name == JOIN:
        return with_join(given.overlay, given.base, members["says"] or {})
    return with_members(given.overlay, given.base, name, members)


def added_word(given: OpenDraft, code: str, members: Json, evidence: TypedEvidence | None) -> Json:
    """Return the draft's differences with a keyword that is added."""
    word = merged({"code": code}, members)
    if evidence is not None:
        word["evidence"] = evidence_told(evidence)
    return with_word(given.overlay, word)


def _part(given: OpenDraft, name: str) -> Json:
    if name == JOIN:
        return {"code": JOIN, "says": given.document.get(JOIN, {})}
    part = part_of(given.document, name)
    if part is None or "code" not in part:
        raise NotFound("This keyword is not in the draft: somebody may have removed it")
    return part


def _words(given: OpenDraft, fields: Fields, key: str, part: Json) -> Json | None:
    """Return the words of each language; null: the keyword has none."""
    own = given.programme.languages
    old = part.get(key, {})
    found = {language: words_in(fields.get(f"{key}-{language}", "")) for language in own}
    kept = {language: words for language, words in old.items() if language not in own}
    return {**kept, **{one: words for one, words in found.items() if words}} or None


def _replies(given: OpenDraft, name: str, fields: Fields, old: Sequence[Json]) -> list[Json]:
    found, texts = [], _texts(given, name)
    for row in rows_of(fields, "reply"):
        prefix = f"reply-{row}"
        place = place_of(fields, prefix)
        was = at_place(old, place)
        made = written_reply(fields, prefix, list(given.programme.languages), was)
        if made is not None and f"{prefix}-gone" not in fields:
            near = texts.get(place) or next(iter(texts.values()), None)
            found.append(with_evidence_of(made, near))
    return found


def _texts(given: OpenDraft, name: str) -> Mapping[int, Text]:
    found = next((one for one in given.programme.words if one.code == name), None)
    return dict(enumerate(found.replies, 1)) if found else {}


def _wrong_code(given: OpenDraft, code: str) -> dict[str, str]:
    if not NAME.fullmatch(code):
        return {"code": "programmes_code_wrong"}
    if code == JOIN or part_of(given.document, code) is not None:
        return {"code": "programmes_code_taken"}
    return {}
