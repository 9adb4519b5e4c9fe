"""Files that were tampered with, each with the step that must fail: (label, bytes, verdict)."""

from __future__ import annotations

import json

from chain.consistency import dump as dump_consistency
from chain.document import checksum_address
from chain.proof import dump
from tests.chain.proofs import OTHER_CONTRACT, make_consistency, make_proof
from tests.verifier.forged import forged

PROOF, CONSISTENCY = make_proof(), make_consistency()
TEXT, CONSISTENCY_TEXT = dump(PROOF), dump_consistency(CONSISTENCY)
ZERO = "0" * 64

PROOF_ERRORS = (
    "parse",
    "canonical",
    "commitment",
    "subject",
    "leaf",
    "inclusion",
    "checkpoint",
    "ledger",
)
CONSISTENCY_ERRORS = (
    "parse",
    "path",
    "older",
    "newer",
    "older_checkpoint",
    "newer_checkpoint",
    "ledger",
)


def places(node, way=()):
    """Every value of a file, objects and lists too, by its place."""
    if way:
        yield way
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in items if isinstance(node, dict | list) else ():
        if isinstance(value, dict | list):
            yield from places(value, (*way, key))
        else:
            yield (*way, key)


def put(text, way, value):
    """The file with another value at a place."""
    document = json.loads(text)
    node = document
    for step in way[:-1]:
        node = node[step]
    node[way[-1]] = value
    return json.dumps(document)


def _wrong_types():
    wrong = (None, True, 1.5, -1, 2**53, 1e300, "x", [], {}, [1], {"a": 1})
    allowed = {("content", "x"), ("path", "[]")}
    for kind, text in (("proof", TEXT), ("consistency", CONSISTENCY_TEXT)):
        for way in places(json.loads(text)):
            for value in wrong:
                if (way[-1], value if value == "x" else str(value)) not in allowed:
                    label = ".".join(map(str, way))
                    yield f"{kind} {label} is {value}", put(text, way, value), "parse"


def _other_values():
    """A value of the right shape in place of each."""
    # The seed, [3, 4) on the right, [0, 2) on the left, [4, 7) on the right.
    for level, error in enumerate(("older", "newer", "older", "newer")):
        yield f"hash {level} of the path", put(CONSISTENCY_TEXT, ("path", level), ZERO), error
    for at, record in enumerate(PROOF.records):
        for level in range(len(record.path)):
            way = ("records", at, "path", level)
            yield f"hash {level} of path {at}", put(TEXT, way, ZERO), "inclusion"
        yield f"subject of {at}", put(TEXT, ("records", at, "subject"), ZERO), "subject"
        yield f"position of {at}", put(TEXT, ("records", at, "position"), 9), "subject"
        yield f"index of {at}", put(TEXT, ("records", at, "index"), 1), "inclusion"
    yield "salt, public", put(TEXT, ("records", 0, "salt"), ZERO), "inclusion"
    yield "salt, secret", put(TEXT, ("records", 1, "salt"), ZERO), "subject"
    for size in (0, 6, 8, 2**53 - 1):
        yield f"size {size}", put(TEXT, ("checkpoint", "size"), size), "inclusion"
    yield "root", put(TEXT, ("checkpoint", "root"), ZERO), "inclusion"
    yield "chain id", put(TEXT, ("ledger", "chain_id"), 1), "ledger"
    yield "genesis", put(TEXT, ("ledger", "genesis"), "0x" + ZERO), "ledger"
    yield "contract", put(TEXT, ("ledger", "contract"), OTHER_CONTRACT), "ledger"
    for way, value, error in (
        (("older", "root"), ZERO, "older"),
        (("newer", "root"), ZERO, "newer"),
        (("older", "size"), 0, "path"),
        (("older", "size"), 2, "path"),
        (("older", "size"), 8, "path"),
        (("newer", "size"), 3, "path"),
        (("newer", "size"), 2**53 - 1, "path"),
        (("ledger", "chain_id"), 0, "ledger"),
    ):
        yield f"{way} {value}", put(CONSISTENCY_TEXT, way, value), error


def _records():
    """Records swapped, doubled, left out, in another order."""
    document = json.loads(TEXT)
    records = document["records"]

    def file(*chosen):
        return json.dumps(document | {"records": list(chosen)})

    for key in ("content", "salt", "path", "position", "subject"):
        first, other = dict(records[0]), dict(records[1])
        first[key], other[key] = other[key], first[key]
        error = "inclusion" if key == "path" else "subject"
        yield f"{key} swapped", file(first, other, records[2]), error
    first, other = dict(records[0]), dict(records[1])
    first["index"], other["index"] = 3, 0
    yield "index swapped", file(first, other), "inclusion"
    yield "none", file(), "parse"
    yield "one twice", file(records[0], records[0]), "parse"
    yield "other order", file(*records[::-1]), None
    yield "left out", file(records[2]), None
    path = records[2]["path"]
    yield "path too long", file(records[2] | {"path": [*path, ZERO]}), "inclusion"
    yield "path far too long", file(records[2] | {"path": path * 40}), "inclusion"
    yield "path too short", file(records[2] | {"path": path[:-1]}), "inclusion"
    yield "path turned round", file(records[2] | {"path": path[::-1]}), "inclusion"
    yield "no path", file(records[2] | {"path": []}), "inclusion"
    yield "index at the size", file(records[2] | {"index": 7}), "inclusion"
    yield "largest index", file(records[2] | {"index": 2**53 - 1}), "inclusion"
    yield (
        "two faults, the later record's step is the earlier",
        file(records[0] | {"path": []}, records[1] | {"content": "{ }"}),
        "canonical",
    )
    longer = json.loads(CONSISTENCY_TEXT)
    yield "longer", json.dumps(longer | {"path": [*longer["path"], ZERO]}), "path"
    yield "shorter", json.dumps(longer | {"path": longer["path"][:-1]}), "path"


def _contracts():
    contract = PROOF.ledger.contract
    for label, wrong in (
        ("small", contract.lower()),
        ("large", contract.upper()),
        ("swapped", contract.swapcase()),
        ("no 0x", contract[2:]),
        ("short", contract[:-1]),
        ("long", contract + "0"),
        ("line", contract + "\n"),
        ("one letter", contract[:4] + contract[4].swapcase() + contract[5:]),
        ("other digits", checksum_address(contract[:-1] + "0").lower()),
    ):
        yield f"contract {label}", put(TEXT, ("ledger", "contract"), wrong), "parse"


def _text_level():
    """The same values, written otherwise."""
    root = PROOF.checkpoint.root.hex()
    yield "as it is", TEXT, None
    yield "without white space", json.dumps(json.loads(TEXT), separators=(",", ":")), None
    yield "all white space", TEXT.replace("\n", "\r\n\t "), None
    yield "keys in another order", json.dumps(json.loads(TEXT), sort_keys=True), None
    yield "escaped key", TEXT.replace('"index"', '"\\u0069ndex"'), None
    yield "escaped digits", TEXT.replace(root, f"\\u00{ord(root[0]):x}{root[1:]}"), None
    yield "escaped solidus", TEXT.replace('"position": 0', '"posit\\/ion": 0'), "parse"
    yield from _sizes()
    yield from _twins()
    yield from _broken()


def _sizes():
    for label, size in (
        *(("-0", "-0"), ("fraction", "7.0"), ("exponent", "7e0"), ("capital exponent", "7E+0")),
        *(("leading zero", "07"), ("plus", "+7"), ("hexadecimal", "0x7"), ("string", '"7"')),
        *(("beyond", "9007199254740992"), ("rounded", "9007199254740993"), ("huge", "9" * 400)),
        *(("negative", "-7"), ("large", "1e400"), ("point", "7."), ("bare", ".7"), ("none", "")),
        *(("NaN", "NaN"), ("Infinity", "Infinity"), ("-Infinity", "-Infinity"), ("word", "nil")),
    ):
        yield f"size {label}", TEXT.replace('"size": 7', f'"size": {size}'), "parse"


def _twins():
    for at, line in enumerate(TEXT.splitlines()):
        if ":" in line:
            whole = line.rstrip(",")
            if whole[-1] not in "[{":
                twice = TEXT.splitlines()
                twice.insert(at, whole + ",")
                yield f"line {at} twice", "\n".join(twice), "parse"
    yield "escaped twin", TEXT.replace('"index": 3,', '"index": 3, "\\u0069ndex": 3,'), "parse"
    yield "unknown", TEXT.replace('"index": 3,', '"index": 3, "colour": 3,'), "parse"
    yield "__proto__", TEXT.replace('"index": 3,', '"index": 3, "__proto__": {},'), "parse"
    yield "twins deep", TEXT.replace('"version": 1', '"version": {"a":1,"a":1}'), "parse"


def _broken():
    root = PROOF.checkpoint.root.hex()
    yield "large digits", TEXT.replace(root, root.upper()), "parse"
    yield "trailing comma", TEXT.replace("]\n}", "],\n}"), "parse"
    yield "comment", TEXT.replace("{", "{ /* */", 1), "parse"
    yield "single quotes", TEXT.replace('"format"', "'format'"), "parse"
    yield "no quotes", TEXT.replace('"format"', "format"), "parse"
    yield "twice", TEXT + TEXT, "parse"
    yield "tail", TEXT + "x", "parse"
    yield "NUL tail", TEXT + "\0", "parse"
    yield "no-break space", TEXT + "\u00a0", "parse"
    yield "form feed", TEXT + "\f", "parse"
    yield "raw tab in a string", TEXT.replace("bilum-proof", "bilum\tproof"), "parse"
    yield "bad escape", TEXT.replace("bilum-proof", "bilum\\x2dproof"), "parse"
    yield "short escape", TEXT.replace("bilum-proof", "bilum\\u2dproof"), "parse"
    yield "surrogate", TEXT.replace('"content": "', '"content": "\\ud800', 1), "parse"
    yield "pair turned", TEXT.replace('"content": "', '"content": "\\ude00\\ud83d', 1), "parse"
    yield "a list", f"[{TEXT}]", "parse"
    yield "deep", "[" * 100_000, "parse"
    yield "deep, in its place", TEXT.replace('"size": 7', '"size": ' + "[" * 99 + "]" * 99), "parse"
    for text in ("", " ", "{}", "[]", "null", "7", '"format"', '{"format": "bilum-proof"}', "{"):
        yield f"only {text!r}", text, "parse"
    for change in (
        {"format": "bilum-consistency"},
        {"format": "Bilum-proof"},
        {"format": "constructor"},
        {"format": ["bilum-proof"]},
        {"version": 0},
        {"version": 2},
        {"version": "1"},
        {"older": {}},
    ):
        yield f"{change}", json.dumps(json.loads(TEXT) | change), "parse"


def _bytes():
    raw = TEXT.encode()
    yield "byte order mark", b"\xef\xbb\xbf" + raw
    yield "UTF-16", TEXT.encode("utf-16")
    yield "Latin 1", TEXT.replace("birth", "b\xefrth").encode("latin-1")
    yield "coded surrogate", raw.replace(b"birth", b"\xed\xa0\x80")
    yield "overlong", raw.replace(b"birth", b"\xc0\xaf")
    yield "beyond Unicode", raw.replace(b"birth", b"\xf4\x90\x80\x80")
    yield "cut within a letter", raw.replace(b"birth", b"\xe2\x82")


def _numbered(error, names):
    return (None, None) if error is None else (names.index(error) + 1, error)


def _all():
    named = (_wrong_types, _other_values, _records, _contracts, _text_level, forged)
    for group in named:
        for label, text, error in group():
            yield (
                f"{group.__name__.strip('_')}: {label}",
                text.encode("utf-8", "surrogatepass"),
                error,
            )
    for label, raw in _bytes():
        yield f"bytes: {label}", raw, "parse"


def _verdict(raw, error):
    names = CONSISTENCY_ERRORS if b"bilum-consistency" in raw else PROOF_ERRORS
    return _numbered(error, names)


TAMPERED = [(label, raw, _verdict(raw, error)) for label, raw, error in _all()]
