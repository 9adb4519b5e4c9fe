"""What the page's own functions do, in the browser; of lines, the same as the server does."""

from __future__ import annotations

import json

import pytest

from gateway.readers.lines import read_lines

pytestmark = [pytest.mark.browser, pytest.mark.sockets]

# Figures that look like ours: U+FF10 to U+FF19.
WIDE = {ord("0") + figure: 0xFF10 + figure for figure in range(10)}
A, B = "982000001088420", "598000000000017"

# Label, what was typed, tags that the page shows at once, its fault.
LINES = [
    ("Allflex", "LA 982 000001088420", [A], None),
    ("Allflex, older", "A 982 000001088420", [A], None),
    ("Allflex with reserved field", "LA 00000 0 982 000001088420", [A], None),
    ("bare digits", A, [A], None),
    ("country and point", "982.000001088420", [A], None),
    ("country and dash", "982-000001088420", [A], None),
    ("country and gap", "982 000001088420", [A], None),
    ("leading zero", "0982000001088420", [A], None),
    ("with a date", "LA 982 000001088420 25/11/2026 08:01:02", [A], None),
    ("date first", "25/11/2026 08:01:02 982 000001088420", [A], None),
    ("date in words first", "25 Nov 2026, 8:01 pm, 982000001088420", [A], None),
    ("Biomark", "TAG: 3D6.0000109B84", ["982000001088388"], None),
    ("ISO 24631-6", "1 0 00 000 982 000001088420 261125080102", [A], None),
    ("ISO 24631-6, no animal", "0 0 00 000 982 000001088420", [], "industrial"),
    ("industrial", "LR 0006 0000000018514243", [], "industrial"),
    ("sixteen hex", "6DB0840800F80001", ["124000270601654"], None),
    ("hex with its CRC", "448823F25A6F0001FCDF", ["985113007399202"], None),
    ("hex with the CRC apart", "8000000001A90001:981D", ["598000000000001"], None),
    ("hex in lower case", "2858997d3b9f0001b70b", ["999123456789012"], None),
    ("hex with a wrong CRC", "6DB0840800F800016BC4", [], "crc"),
    ("hex of no animal", "6DB0840800F80000", [], "industrial"),
    ("half a number", "98200000108", [], "unreadable"),
    ("country 000", "000000001088420", [], "country"),
    ("too large a national number", "982999999999999", [], "unreadable"),
    ("sixteen digits", "9820000010884201", None, None),
    ("two tags without Enter", f"{A} {B}", [A, B], None),
    ("two tags with a tab", f"{A}\t{B}", [A, B], None),
    ("STX and ETX", f"\x02{A}\x03", [A], None),
    ("NUL padding", f"\0\0{A}\0", [A], None),
    ("weight and visual tag", "LA 982 000001088420 41.5 kg R-17", [A], None),
    ("words", "hello", [], "unreadable"),
    ("Devanagari digits", "९८२००००००१०८८४२०", [], "unreadable"),
    ("full-width digits", A.translate(WIDE), [], "unreadable"),
    ("HTML", "<img src=x onerror=alert(1)>", [], "unreadable"),
    ("Excel's damage", "9.82E+14", [], "unreadable"),
    ("half a surrogate", "\ud83d" + A, [], "unreadable"),
]
DECODED = "EID;Peso\r\n982000001088420;41,5 é\r\n"
ENCODINGS = [
    ("UTF-8", DECODED.encode()),
    ("UTF-8 with its mark", DECODED.encode("utf-8-sig")),
    ("UTF-16 with its mark", DECODED.encode("utf-16")),
    ("UTF-16, little end first", DECODED.encode("utf-16-le")),
    ("UTF-16, big end first", DECODED.encode("utf-16-be")),
    ("Windows-1252", DECODED.encode("cp1252")),
]
SPLITS = [
    ("one line", A, [A]),
    ("CR LF", f"{A}\r\n{B}\r\n", [A, B]),
    ("CR", f"{A}\r{B}", [A, B]),
    ("empty lines", f"\n\n{A}\n \n", [A]),
    ("STX between", f"\x02{A}\x03\x02{B}\x03", [A, B]),
    ("half a surrogate", "a\ud83d", ["a\ufffd"]),
    ("a long line", "9" * 600, ["9" * 512]),
]
JUDGED = [
    ("first", {"tags": [A], "fault": None}, [], "new"),
    ("again", {"tags": [A], "fault": None}, [A], "repeat"),
    ("another", {"tags": [B], "fault": None}, [A], "new"),
    ("one of two is new", {"tags": [A, B], "fault": None}, [A], "new"),
    ("none", {"tags": [], "fault": "crc"}, [A], "fault"),
]
STAMPED = [
    ("a tag alone", A, f"{A} 2026-11-25 08:01:02+10:00"),
    ("Allflex", "LA 982 000001088420", "LA 982 000001088420 2026-11-25 08:01:02+10:00"),
    ("a line with its own time", f"{A} 24/11/2026 09:00", f"{A} 24/11/2026 09:00"),
    ("a time before it", f"24/11/2026 09:00 {A}", f"24/11/2026 09:00 {A}"),
    ("a stamp", "1 0 00 000 982 000001088420 261125080102", None),
    ("more on the line", f"{A} 41.5", f"{A} 41.5"),
    ("no tag", "hello", "hello"),
]
BODIES = [
    (
        "movement",
        {"as": "movement", "day": "2026-11-25", "direction": "arrive", "premises": " 20468 ",
         "other": "", "permit": ""},
        [],
        {"as": "movement", "day": "2026-11-25", "direction": "arrive", "premises": "20468"},
    ),
    (
        "taken back and struck out",
        {"as": "stocktake", "day": "2026-11-25", "premises": "20468",
         "single": {A: {"struck": True}, B: {"struck": False}}},
        [B],
        {"as": "stocktake", "day": "2026-11-25", "premises": "20468", "leave_out": [B, A]},
    ),
    (
        "inspection with outcomes",
        {"as": "inspection", "day": "2026-11-25", "purpose": "roadblock", "outcome": "passed",
         "single": {A: {"outcome": "seized"}, B: {"outcome": ""}}},
        [],
        {"as": "inspection", "day": "2026-11-25", "purpose": "roadblock", "outcome": "passed",
         "outcomes": {A: "seized"}},
    ),
    (
        "kill sheet",
        {"as": "slaughter", "day": "2026-11-25", "premises": "20468", "place": "",
         "ante_mortem": "passed", "post_mortem": "", "first_carcass": "101",
         "single": {A: {"carcass": "K-7", "kilograms": "61.5"}, B: {"struck": True}}},
        [],
        {"as": "slaughter", "day": "2026-11-25", "premises": "20468", "ante_mortem": "passed",
         "first_carcass": 101, "leave_out": [B],
         "lines": [{"tag": A, "carcass": "K-7", "kilograms": 61.5}]},
    ),
    (
        "what another kind has",
        {"as": "stocktake", "day": "2026-11-25", "premises": "20468", "direction": "arrive"},
        [],
        {"as": "stocktake", "day": "2026-11-25", "premises": "20468"},
    ),
]  # fmt: skip


def named(cases):
    return [pytest.param(*rest, id=label) for label, *rest in cases]


@pytest.fixture(scope="module")
def modules(browser, served):
    """A page in which the modules of `/scan` are called; nothing of it is shown."""
    page = browser.open_page()
    page.open(f"{served}/scan/icon.svg")
    yield page
    browser.close_page(page)


def call(page, module, name, *told):
    """Call a function of a module with values of JSON."""
    arguments = ", ".join(json.dumps(one) for one in told)
    return page.evaluate(f"import('/scan/{module}.js').then((its) => its.{name}({arguments}))")


@pytest.mark.parametrize(("typed", "tags", "fault"), named(LINES))
def test_line__as_it_is_typed__is_read_as_the_server_reads_it(modules, typed, tags, fault):
    read = call(modules, "tags", "readLine", typed)
    if tags is not None:
        assert (read["tags"], read["fault"]) == (tags, fault)
    told = read_lines(typed)
    assert read["tags"] == [scan.tag for scan in told.scans]
    assert bool(read["fault"]) == bool(told.faults)


@pytest.mark.parametrize(("text", "lines"), named(SPLITS))
def test_text__of_several_lines__is_split(modules, text, lines):
    assert call(modules, "tags", "splitLines", text) == lines


@pytest.mark.parametrize(("read", "before", "judged"), named(JUDGED))
def test_reading__beside_those_before_it__is_judged(modules, read, before, judged):
    expression = f"judge({json.dumps(read)}, new Set({json.dumps(before)}))"
    assert (
        modules.evaluate(f"import('/scan/tags.js').then(({{ judge }}) => {expression})") == judged
    )


def test_tally__of_repeats_and_faults__counts_each(modules):
    readings = [{"tags": tags, "fault": None} for tags in ([A], [B], [A], [A, B])]
    counted = call(modules, "tags", "tally", [*readings, {"tags": [], "fault": "crc"}])
    assert counted == {"animals": [A, B], "scans": 5, "repeats": 3, "faults": 1}


@pytest.mark.parametrize(("line", "expected"), named(STAMPED))
def test_line__that_is_a_tag_alone__gets_the_time(modules, line, expected):
    stamped = call(modules, "tags", "stampLine", line, "2026-11-25T08:01:02+10:00")
    assert stamped == (expected or line)
    before, after = read_lines(line), read_lines(stamped)
    assert [one.tag for one in before.scans] == [one.tag for one in after.scans]
    if stamped != line:
        assert [one.at for one in after.scans] == ["2026-11-25T08:01:02+10:00"]


@pytest.mark.parametrize("raw", named(ENCODINGS))
def test_file__in_any_encoding__is_its_text(modules, raw):
    expression = f"decode(new Uint8Array({list(raw)}).buffer)"
    text = modules.evaluate(f"import('/scan/files.js').then(({{ decode }}) => {expression})")
    assert text == DECODED


@pytest.mark.parametrize(("form", "out", "body"), named(BODIES))
def test_form__as_filled_in__is_what_the_server_is_asked(modules, form, out, body):
    assert call(modules, "forms", "bodyFrom", form, out) == body


def test_readings__of_lines_and_files__are_uploads_in_their_order(modules):
    line = {"line": A, "at": "2026-11-25T08:01:02", "tags": [A], "out": False, "sent": None}
    file = {"file": "a.csv", "format": "csv", "text": "EID", "tags": [], "sent": None}
    parts = call(modules, "sessions", "partsOf", [line] * 401 + [file, line])
    assert [(part["format"], len(part["scans"])) for part in parts] == [
        ("lines", 400),
        ("lines", 1),
        ("csv", 1),
        ("lines", 1),
    ]
    assert parts[1]["text"] == f"{A} 2026-11-25 08:01:02\r\n"
    assert parts[2]["text"] == "EID"


def test_tag__taken_back__is_left_out_unless_it_was_read_again(modules):
    def scan(tag, **how):
        return {"tags": [tag], "out": False, "sent": 1} | how

    scans = [scan(A, out=True), scan(B, out=True), scan(B, sent=None)]
    assert call(modules, "sessions", "leftOut", scans) == [A]
