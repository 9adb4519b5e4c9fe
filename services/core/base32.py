"""Codes in Crockford's base 32, which people read from paper and type.

It has no I, L, O, U; who reads O, I or L means 0, 1 and 1: https://www.crockford.com/base32.html
"""

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MEANT = str.maketrans("OIL", "011")
_GROUP = 4


def symbols_of(octets: bytes) -> str:
    """Return a symbol for each byte, of its low five bits."""
    return "".join(_ALPHABET[octet & 31] for octet in octets)


def in_groups(symbols: str) -> str:
    """Return symbols as people read them, such as 7KQ2-M9XA-P4TD."""
    return "-".join(symbols[at : at + _GROUP] for at in range(0, len(symbols), _GROUP))


def typed_symbols(text: str) -> str:
    """Return the symbols that people mean by what they type: any case, spaces and dashes."""
    return "".join(text.split()).replace("-", "").upper().translate(_MEANT)
