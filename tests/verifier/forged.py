"""Records on a log of the forger's own, whose path and root are right: only content can fail."""

from __future__ import annotations

import json
from dataclasses import replace

from eth_hash.auto import keccak

from chain.canonical import commitment, link, public_subject
from chain.merkle import leaf_hash, node_hash
from chain.ports import Checkpoint
from chain.proof import dump, load
from tests.chain.proofs import PREMISES_KEY, TAG, make_proof, salt_of

KEY = public_subject(TAG["scheme"], TAG["value"])


def relogged(content, *, position=0, subject=KEY, salt=None):
    """A file whose one record is on a log of the forger's own, so that only it itself can fail."""
    salt = salt if salt is not None else salt_of(0)
    encoded = content.encode("utf-8")
    record = replace(
        make_proof().records[0],
        index=0,
        path=(),
        position=position,
        subject=subject,
        salt=salt,
        content=encoded,
    )
    root = leaf_hash(subject + commitment(salt, encoded))
    return dump(replace(make_proof(), records=(record,), checkpoint=Checkpoint(1, root)))


def _nested(levels):
    """A record with so many objects and lists within each other."""
    inner = "[" * (levels - 1) + "]" * (levels - 1)
    return f'{{"a":{inner},"subjects":[{_TAG}]}}'


_TAG = json.dumps(TAG, separators=(",", ":"), sort_keys=True)
_SUBJECTS = f'"subjects":[{_TAG}]'


def _contents():
    """Contents, with what stands before the member `subjects`, and the step."""
    for label, before, error in (
        *(
            ("plain", '"a":1', None),
            ("space", '"a": 1', "canonical"),
            ("line", '"a":1\n', "canonical"),
        ),
        *(("1.0", '"a":1.0', "canonical"), ("-0", '"a":-0', "canonical"), ("0", '"a":0', None)),
        *(("1e2", '"a":1e2', "canonical"), ("1e21", '"a":1e21', "canonical")),
        *(("1e+21", '"a":1e+21', None), ("1e+20", '"a":1e+20', "canonical")),
        *(("10^20", '"a":100000000000000000000', None), ("1e-7", '"a":1e-7', None)),
        *(("0.000001", '"a":0.000001', None), ("1e-6", '"a":1e-6', "canonical")),
        *(("4.50", '"a":4.50', "canonical"), ("4.5", '"a":4.5', None)),
        *(("safe", '"a":9007199254740991', None), ("2^53", '"a":9007199254740992', None)),
        *(("2^53+1", '"a":9007199254740993', "canonical"), ("5e-324", '"a":5e-324', None)),
        *(("1e400", '"a":1e400', "canonical"), ("1e-400", '"a":1e-400', "canonical")),
        *(("-1e400", '"a":-1e400', "canonical"), ("400 digits", f'"a":{"9" * 400}', "canonical")),
        *(("NaN", '"a":NaN', "canonical"), ("Infinity", '"a":Infinity', "canonical")),
        *(("twin", '"a":1,"a":1', "canonical"), ("twin deep", '"a":{"b":1,"b":2}', "canonical")),
        *(
            ("escaped twin", '"a":1,"\\u0061":1', "canonical"),
            ("order", '"b":1,"a":1', "canonical"),
        ),
        *(("escape", '"a":"\\u0041"', "canonical"), ("solidus", '"a":"\\/"', "canonical")),
        *(("raw solidus", '"a":"/"', None), ("short", '"a":"\\n\\t\\b\\f\\r\\"\\\\"', None)),
        *(("long", '"a":"\\u000a"', "canonical"), ("control", '"a":"\\u001f"', None)),
        *(("capital", '"a":"\\u001F"', "canonical"), ("delete", '"a":"\x7f"', None)),
        *(("separators", '"a":"\u2028\u2029"', None), ("letters", '"a":"é€😀"', None)),
        *(
            ("surrogate", '"a":"\\ud800"', "canonical"),
            ("pair", '"a":"\\ud83d\\ude00"', "canonical"),
        ),
        *(("UTF-16 order", '"a":0,"😀":1,"\ufb33":1', "canonical"), ("empty key", '"":1', None)),
        *(("composed", '"a":"e\u0301"', None), ("__proto__", '"__proto__":{"a":1}', None)),
        *(("constructor", '"constructor":[]', None), ("words", '"a":[true,false,null,{}]', None)),
        *(("capital word", '"a":True', "canonical"), ("comma", '"a":1,', "canonical")),
        *(("raw line", '"a":"\n"', "canonical"), ("mark", '"a":"\ufeff"', None)),
    ):
        yield label, f"{{{before},{_SUBJECTS}}}", error
    yield "keys beyond the plane", f'{{{_SUBJECTS},"😀":1,"\ufb33":1}}', None
    yield "keys by code point", f'{{{_SUBJECTS},"\ufb33":1,"😀":1}}', "canonical"
    yield "100 levels", _nested(100), None
    yield "101 levels", _nested(101), "canonical"
    yield "9,000 levels", _nested(9_000), "canonical"
    yield "brackets in a text", f'{{"a":"{"[{" * 200}",{_SUBJECTS}}}', None
    for whole in ("", "[]", "null", "7", '"a"', "{}x", "\ufeff{}", " {}", "{"):
        yield f"content {whole!r}", whole, "canonical"
    for label, subjects, error in _subjects():
        yield label, f'{{"subjects":{subjects}}}', error


def _subjects():
    named = '"scheme":"iso11784","value":"598000000000001"'
    moved = '"scheme":"iso1178","value":"4598000000000001"'
    hidden = link(salt_of(0), KEY)
    yield "no subject", "[]", "subject"
    for other in ("{}", "null", "7", f'"{KEY.hex()}"', "[[]]", "[7]", "[null]", "[{}]"):
        yield f"subjects {other}", other, "subject"
    for label, subject, error in (
        ("mob", f'"kind":"mob",{named}', None),
        ("consignment", f'"kind":"consignment",{named}', None),
        ("programme", f'"kind":"programme",{named}', None),
        ("more members", f'"extra":[1],"kind":"animal",{named}', None),
        ("public by the name of a secret kind", f'"kind":"premises",{named}', "subject"),
        ("secret by the name of a public kind", f'"kind":"animal","link":"{hidden}"', "subject"),
        ("secret", f'"kind":"premises","link":"{hidden}"', None),
        ("secret, any kind", f'"kind":"","link":"{hidden}"', None),
        ("secret, a name of JavaScript", f'"kind":"constructor","link":"{hidden}"', None),
        ("link in capitals", f'"kind":"premises","link":"{hidden.upper()}"', "subject"),
        ("link with 0x", f'"kind":"premises","link":"0x{hidden}"', "subject"),
        ("all three, public", f'"kind":"animal","link":"{hidden}",{named}', None),
        ("all three, secret", f'"kind":"premises","link":"{hidden}",{named}', "subject"),
        ("scheme no string", f'"kind":"premises","link":"{hidden}","scheme":7,"value":"1"', None),
        ("value null", f'"kind":"premises","link":"{hidden}","scheme":"a","value":null', None),
        ("no value", '"kind":"animal","scheme":"iso11784"', "subject"),
        ("value a number", '"kind":"animal","scheme":"iso11784","value":598', "subject"),
        ("kind a number", f'"kind":7,{named}', "subject"),
        ("no kind", named, "subject"),
        ("kind in capitals", f'"kind":"Animal",{named}', "subject"),
        ("another value", '"kind":"animal","scheme":"iso11784","value":"5"', "subject"),
        (
            "moved border",
            f'"kind":"animal",{moved}',
            "subject",
        ),
        ("NUL", '"kind":"animal","scheme":"iso11784\\u0000","value":"1"', "subject"),
    ):
        yield label, f"[{{{subject}}}]", error


def forged():
    """Yield label, file and the error that must come of it, or None."""
    for label, content, error in _contents():
        yield label, relogged(content), error
    other = (
        f'{{"subjects":[{_TAG},{{"kind":"premises","link":"{link(salt_of(9), PREMISES_KEY)}"}}]}}'
    )
    hidden = {"subject": PREMISES_KEY, "position": 1}
    yield "link of this salt", relogged(other, **hidden, salt=salt_of(9)), None
    yield "link of another salt", relogged(other, **hidden, salt=salt_of(8)), "subject"
    nul = keccak(b"bilum/1\0a\0b\0c")
    for scheme, value in (("a\\u0000b", "c"), ("a", "b\\u0000c")):
        content = f'{{"subjects":[{{"kind":"animal","scheme":"{scheme}","value":"{value}"}}]}}'
        yield f"NUL in {scheme}", relogged(content, subject=nul), "subject"
    yield from _sizes(load(relogged(f"{{{_SUBJECTS}}}")))
    for position in (1, 2**53 - 1):
        file = relogged(f"{{{_SUBJECTS}}}", position=position)
        yield f"position {position}", file, "subject"


def _sizes(right):
    """A path that leads to the root, and has not the length for index and size."""
    [record], root = right.records, right.checkpoint.root
    beside = bytes(32)
    for size in (2, 3, 2**53 - 1):
        short = replace(right, checkpoint=Checkpoint(size, root))
        yield f"path too short for {size}, to its root", dump(short), "inclusion"
    for index in (1, 2, 2**53 - 1):
        outside = replace(right, records=(replace(record, index=index),))
        yield f"index {index} of one entry", dump(outside), "inclusion"
    for index, above in ((0, node_hash(root, beside)), (1, node_hash(beside, root))):
        grown = replace(record, index=index, path=(beside,))
        for size in (0, 1, 3, 5):
            long = replace(right, records=(grown,), checkpoint=Checkpoint(size, above))
            yield f"path of {index} for {size}, to its root", dump(long), "inclusion"
        pair = replace(right, records=(grown,), checkpoint=Checkpoint(2, above))
        yield f"path of {index} for 2", dump(pair), None
