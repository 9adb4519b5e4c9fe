"""Texts cut to what one screen of USSD holds; pure.

A screen holds 182 characters of the default alphabet: 160 octets (3GPP TS 23.038, section 5;
TS 24.080, section 4.5, `ussd-DataString`). A character of its extension counts as two.
"""

from gateway.menus import ScreenAlphabet

LIMIT = 182
_CUT = ".."
# A shorter beginning of a text tells nothing.
_WORTHWHILE = 12


def fits(writing: ScreenAlphabet, text: str) -> bool:
    """Tell whether a text is one screen."""
    return writing.units(text) <= LIMIT


def pages(writing: ScreenAlphabet, body: str, last: str, more: str) -> tuple[str, ...]:
    """Cut a body into pieces, each of which is one screen with the line of keys below it.

    Args:
        writing: the alphabet, in which all texts are written already.
        body: of any length.
        last: the keys below the last piece.
        more: the keys below the others.
    """
    pieces: list[str] = []
    while not fits(writing, lines(body, last)):
        piece = _beginning(writing, body, LIMIT - writing.units(f"\n{more}"))
        pieces.append(piece.rstrip())
        body = body[len(piece) :].lstrip()
    return (*pieces, body)


def squeeze(writing: ScreenAlphabet, notice: str, body: str, keys: str) -> str:
    """Put a notice above a body, and cut what does not fit: of the body first."""
    whole = lines(notice, body, keys)
    if fits(writing, whole):
        return whole
    notice = shorten(writing, notice, LIMIT - writing.units(f"\n{keys}"))
    room = LIMIT - writing.units(lines(notice, keys)) - 1
    kept = shorten(writing, body, room) if room >= _WORTHWHILE else ""
    return lines(notice, kept, keys)


def shorten(writing: ScreenAlphabet, text: str, room: int) -> str:
    """Return a text, or its beginning with `..` after it, in so many septets."""
    if writing.units(text) <= room:
        return text
    return _beginning(writing, text, room - len(_CUT)).rstrip() + _CUT


def lines(*parts: str) -> str:
    """Put parts below each other; an empty one takes no line."""
    return "\n".join(part for part in parts if part)


def _beginning(writing: ScreenAlphabet, text: str, room: int) -> str:
    """Return the beginning of a text that has room, to the end of a word where that is near."""
    taken = end = 0
    for letter in text:
        taken += writing.units(letter)
        if taken > room:
            break
        end += 1
    if end == len(text):
        return text
    word = max(text.rfind(" ", 0, end + 1), text.rfind("\n", 0, end + 1))
    return text[:word] if word > end // 2 else text[: max(end, 1)]
