from __future__ import annotations

from datetime import date

import pytest

from services.core.errors import RowFault
from services.health.imports.rows import read_number, read_row

TODAY = date(2026, 11, 25)
PHONE = {"phone": "7000 0001"}


def read(**cells):
    return read_row(2, PHONE | cells, TODAY)


@pytest.mark.parametrize("text", ["70000001", "+675 7000 0001", "67570000001", "7000-0001"])
def test_number__as_people_write_it__is_e164(text):
    assert read_number(text) == "+67570000001"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (None, "is empty"),
        ("6.757E+10", "was rounded by a spreadsheet"),
        ("ring me", "is no phone number"),
        ("7011ooo1", "is no phone number"),
        ("70000001;70000002", "is no phone number"),
        ("7000+0001", "is no phone number"),
        ("+61412345678", "is of another country"),
        ("700000011", "has too many or too few digits"),
        ("50000001", "is no number that any operator has"),
        ("3211234", "is no mobile number"),
    ],
)
def test_number__that_receives_no_sms__is_refused_with_the_reason(text, wrong):
    with pytest.raises(RowFault) as refused:
        read_number(text)
    assert (refused.value.column, refused.value.wrong) == ("phone", wrong)
    assert refused.value.advice


def test_row__full__says_everything():
    row = read(
        name=" Maria  Kaupa ",
        language="Tok Pisin",
        province="simbu province",
        district="Kerowagi",
        sex="Meri",
        birth_year="1987",
        list="clinic",
        programme="Tobacco",
        consent="nurse, form 12",
        consent_date="24/11/2026",
        quit="2026-12-05",
        place="Mingende",
    )
    assert row.person == ("Maria Kaupa", "tpi", "Chimbu", "Kerowagi", "f", 1987)
    assert row.list_name == "clinic"
    joining = row.joining
    assert (joining.programme, joining.cohort, joining.consent) == (
        "tobacco",
        None,
        "nurse, form 12",
    )
    assert (joining.consented_on, joining.anchors) == (date(2026, 11, 24), {"quit": "2026-12-05"})
    assert joining.place == "Mingende"


def test_row__only_a_number__says_nothing_else():
    row = read()
    assert (set(row.person), row.list_name, row.joining) == ({None}, None, None)


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"language": "de"}, "language"),
        ({"sex": "x"}, "sex"),
        ({"province": "Kudjip, Jiwaka"}, "province"),
        ({"province": "Bavaria"}, "province"),
        ({"birth_year": "87"}, "birth_year"),
        ({"birth_year": "2027"}, "birth_year"),
        ({"name": "x" * 65}, "name"),
        ({"name": "a\x07b"}, "name"),
        ({"name": "a\udcffb"}, "name"),
        ({"consent": "form 12"}, "programme"),
        ({"cohort": "all"}, "programme"),
        ({"programme": "to bacco"}, "programme"),
        ({"programme": "tobacco", "consent": "form 12"}, "consent_date"),
        ({"programme": "tobacco", "consent": "f", "consent_date": "2026-11-26"}, "consent_date"),
        ({"programme": "tobacco", "consent": "f", "consent_date": "31/11/2026"}, "consent_date"),
        ({"programme": "tobacco", "consent": "f", "consent_date": "20261124"}, "consent_date"),
        ({"programme": "tobacco", "consent": "f", "consent_date": "2026-W48-3"}, "consent_date"),
        ({"programme": "tobacco", "consent": "f", "consent_date": "1999-12-31"}, "consent_date"),
    ],
    ids=ascii,
)
def test_row__a_cell_that_is_wrong__is_refused_with_its_column_and_advice(cells, column):
    with pytest.raises(RowFault) as refused:
        read(**cells)
    assert (refused.value.column, bool(refused.value.advice)) == (column, True)


@pytest.mark.parametrize(
    "text", ["No", "no.", "nogat", "Refused", "none", "nil", "false", "not yet"]
)
def test_row__consent_that_was_not_given__is_refused_and_says_what_to_write(text):
    with pytest.raises(RowFault) as refused:
        read(programme="tobacco", consent=text, consent_date="2026-11-24")
    assert refused.value.wrong == "says that the person did not agree"
    assert "who took it and how" in refused.value.advice


@pytest.mark.parametrize("text", ["-", "?", "0", "1", "12", "yes", "Y", "true", "n/a", "YES!"])
def test_row__consent_without_a_source__is_refused_and_says_what_to_write(text):
    with pytest.raises(RowFault) as refused:
        read(programme="tobacco", consent=text, consent_date="2026-11-24")
    assert (refused.value.column, refused.value.wrong) == ("consent", "does not tell who took it")
    assert "who took it and how" in refused.value.advice


@pytest.mark.parametrize("text", ["form no. 12", "N. Kaupa, form 3", "yes, to nurse Jo by phone"])
def test_row__consent_with_a_source__is_taken(text):
    row = read(programme="tobacco", consent=text, consent_date="2000-01-01")
    assert (row.joining.consent, row.joining.consented_on) == (text, date(2000, 1, 1))
