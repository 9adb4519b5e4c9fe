"""Lists of people in a browser: uploaded, matched, corrected, started once, and never lost."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import func, select

from services.core.errors import UnreadableFile
from services.health.imports.taking import take_lists
from services.health.imports.uploads import read_upload
from services.messaging.consent import refuse
from services.storage.models import (
    Access,
    Message,
    PersonImport,
    PersonImportRow,
    Subscription,
)
from tests.services.console.people.lists import WRONG, changed, csv, lying, workbook
from tests.services.console.visitors import Visitor

LISTS = "/console/imports"
ROW = "71000001,Jo,nurse,2026-11-20,2026-12-05"


def upload(visitor, content, name="list.xlsx", **typed):
    visitor.get(LISTS)
    fields = visitor.fields(LISTS) | {"programme": "tobacco", "file": (BytesIO(content), name)}
    return visitor.send(LISTS, fields | typed)


def checked(visitor, content, name="list.csv", **typed):
    """Upload a list and check it by the columns that were guessed; return its address."""
    answer = upload(visitor, content, name)
    assert answer.status_code == 303, answer.text
    at = answer.headers["Location"].removesuffix("/columns")
    visitor.get(f"{at}/columns")
    answer = visitor.submit(f"{at}/columns", **chosen(visitor), **typed)
    assert answer.status_code == 303, answer.text
    visitor.get(at)
    return at


def chosen(visitor):
    """What each select of the page shows, as a browser sends it."""
    found = {}
    for part in visitor.page.text.split("<select")[1:]:
        name = part.split('name="')[1].split('"')[0]
        body = part.split("</select>")[0]
        first = body.split('value="')[1].split('"')[0]
        picked = [one for one in body.split("<option")[1:] if " selected" in one]
        found[name] = picked[0].split('value="')[1].split('"')[0] if picked else first
    return found


def take(world):
    while take_lists(world.runtime.database, world.runtime.clock()):
        pass


def count(world, table):
    with world.runtime.database.read() as session:
        return session.scalar(select(func.count()).select_from(table))


@pytest.mark.slow
def test_import__of_500_with_seven_wrong__is_corrected_and_started_once(world, planner):
    before = count(world, Subscription)
    at = checked(planner, workbook(), "list.xlsx")
    page = planner.page.text
    assert "493 of 500 rows can be taken" in page
    assert "7 rows to correct" in page
    assert "(2)" in page
    # The first people, and what each gets.
    assert "Person 0, 71000000" in page
    assert "Welkam long kos bilong yu" in page
    assert "Tokim wanpela pren tude." in page
    assert count(world, Subscription) == before
    typed = {
        name: right
        for name in planner.fields(f"{at}/rows")
        for (line, _), (_, right) in WRONG.items()
        if name.startswith(f"cell-{line}-")
    }
    assert len(typed) == 7
    planner.submit(f"{at}/rows", **typed)
    page = planner.get(at).text
    assert "500 of 500 rows can be taken" in page
    assert "K1500.00, 6000 SMS" in page


@pytest.mark.slow
def test_start__twice_and_in_another_tab__takes_each_row_once_after_any_restart(world, planner):
    before = count(world, Subscription)
    at = checked(planner, workbook(60, {}), "list.xlsx")
    form = planner.fields(f"{at}/start")
    other = Visitor(world).take_session_of("planner")
    other.get(at)
    assert [planner.send(f"{at}/start", form).status_code for _ in range(2)] == [303, 303]
    # Another tab, and what stands in it still.
    assert other.submit(f"{at}/start").status_code == 409
    assert planner.send(f"{at}/rows", form | {"form_key": "another"}).status_code == 409
    # A restart: what was taken is not taken again.
    assert take_lists(world.runtime.database, world.runtime.clock())
    assert "50 of 60 rows are taken" in planner.get(at).text
    take(world)
    page = planner.get(at).text
    assert "The list is done" in page
    assert "60 of 60 rows are taken" in page
    assert count(world, Subscription) == before + 60
    with world.runtime.database.read() as session:
        welcomes = select(func.count(Message.id)).where(Message.purpose == "welcome")
        assert session.scalar(welcomes) == 60
        states = session.scalars(select(PersonImportRow.state)).all()
    # Rows that were taken are erased; the title and the names end with the list.
    assert set(states) == {"head"}


@pytest.mark.slow
def test_start__with_corrections_that_were_not_saved__saves_them_first(world, planner):
    before = count(world, Subscription)
    at = checked(planner, csv("123,Al,nurse,2026-11-20,", "12,Bo,nurse,2026-11-20,", ROW))
    form = planner.fields(f"{at}/start")
    cells = sorted(name for name in form if name.startswith("cell-"))
    # One is right now, one is not: nobody is taken before it is said who stays out.
    answer = planner.send(f"{at}/start", form | {cells[0]: "71000002", cells[1]: "1"})
    assert answer.headers["Location"] == f"{at}/start"
    page = planner.get(f"{at}/start").text
    assert "1 rows stay out" in page
    assert "Row 3, Bo" in page
    assert "Start without them: take 2 rows" in page
    assert "71000002" not in page
    again = planner.fields(f"{at}/start")
    # Another number than was seen, as of another tab: it is shown anew.
    other = planner.send(f"{at}/start", again | {"staying": "7", "form_key": "other"})
    assert other.headers["Location"] == f"{at}/start"
    assert 'value="1"' in planner.get(at).text
    assert planner.send(f"{at}/start", again).headers["Location"] == at
    take(world)
    assert count(world, Subscription) == before + 2
    assert planner.get(f"{at}/start").status_code == 303


@pytest.mark.slow
def test_start__with_nothing_left_to_take__keeps_what_was_typed(world, planner):
    at = checked(planner, csv("123,Al,nurse,2026-11-20,"))
    answer = planner.submit(f"{at}/start", **{"out-2": "1"})
    assert answer.headers["Location"] == f"{at}/start"
    assert "No row can be taken" in planner.get(f"{at}/start").text
    assert "Left out" in planner.get(at).text
    # Taken in again and corrected by one press.
    planner.submit(f"{at}/left-out", **{"cell-2-phone": "71000002"})
    assert "1 of 1 rows can be taken" in planner.get(at).text
    planner.get(at)
    assert planner.submit(f"{at}/start").headers["Location"] == at
    take(world)
    assert "1 of 1 rows are taken" in planner.get(at).text


def test_upload__again_or_twice__is_the_same_list(world, planner):
    answer = upload(planner, csv(ROW), "a.csv")
    same = upload(planner, csv(ROW), "b.csv")
    assert same.headers["Location"] == answer.headers["Location"]
    assert count(world, PersonImport) == 1
    other = upload(planner, csv(ROW, "71000002,Al,nurse,2026-11-20,"), "a.csv")
    assert other.headers["Location"] != answer.headers["Location"]
    # The same form with another file is no repetition of it.
    planner.get(LISTS)
    form = planner.fields(LISTS) | {"programme": "tobacco"}
    first = planner.send(LISTS, form | {"file": (BytesIO(csv(ROW, ROW)), "c.csv")})
    assert first.status_code == 303
    again = planner.send(LISTS, form | {"file": (BytesIO(csv(ROW)), "c.csv")})
    assert again.status_code == 409


NO_LISTS = [
    (b"", "a.csv", "is empty"),
    (b"%PDF-1.7 \x00", "a.pdf", "is no list"),
    (b"\x1f\x8b\x08\x00", "a.csv.gz", "unpack it"),
    (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 99, "a.xls", "old form"),
    (b"PK\x03\x04 nothing", "a.xlsx", "is damaged"),
    (b"phone\r\n" + b"71000001\r\n" * 5_020, "a.csv", "more than 5,000 rows"),
    (b"phone" + b",a" * 70 + b"\r\n", "a.csv", "more than 60 columns"),
    (workbook(rows=[[]], wrong={}, title=())[:900], "a.xlsx", "is damaged"),
    (
        changed(workbook(3, {}), "xl/workbook.xml", lambda _: b"<a>" + b" " * 41 * 2**20),
        "bomb.xlsx",
        "unpacks to too much",
    ),
    (
        changed(
            workbook(3, {}),
            "xl/workbook.xml",
            lambda old: b'<!DOCTYPE a [<!ENTITY b "c">]>' + old,
        ),
        "entity.xlsx",
        "no ordinary workbook",
    ),
    (lying(workbook(3, {}), "xl/worksheets/sheet1.xml"), "lying.xlsx", "is damaged"),
]


@pytest.mark.slow
def test_upload__of_what_is_no_list__tells_why_and_keeps_nothing(world, planner):
    for content, name, said in NO_LISTS:
        answer = upload(planner, content, name)
        assert (answer.status_code, said in answer.text) == (422, True), name
    assert count(world, PersonImport) == 0
    assert count(world, PersonImportRow) == 0


@pytest.mark.slow
def test_upload__after_the_end_of_the_session__asks_for_the_file_again(world, planner):
    planner.get(LISTS)
    form = planner.fields(LISTS) | {"programme": "tobacco"}
    world.runtime.clock.now += timedelta(minutes=31)
    over = planner.send(LISTS, form | {"file": (BytesIO(csv(ROW)), "a.csv")})
    assert (over.status_code, count(world, PersonImport)) == (401, 0)
    # A browser does not send a file again with what was typed.
    planner.take_session_of("planner").get(LISTS)
    again = planner.submit(LISTS, programme="tobacco")
    assert again.status_code == 422
    assert "choose it again" in again.text
    # What was uploaded before outlives the session.
    at = checked(planner, csv(ROW, "123,Al,nurse,2026-11-20,"))
    form = planner.fields(f"{at}/rows")
    world.runtime.clock.now += timedelta(minutes=31)
    typed = {name: "71000002" for name in form if name.startswith("cell-3-")}
    over = planner.send(f"{at}/rows", form | typed)
    # And what was typed stands in the form of sign-in.
    assert (over.status_code, "71000002" in over.text) == (401, True)
    planner.take_session_of("planner").get(at)
    assert "1 of 2 rows can be taken" in planner.page.text


def test_upload__without_a_file_or_a_programme__marks_each(world, planner):
    planner.get(LISTS)
    wrong = planner.submit(LISTS, programme="")
    assert wrong.status_code == 422
    assert "Choose the file" in wrong.text
    assert "Choose the programme" in wrong.text
    assert upload(planner, csv(ROW), "a.csv", programme="pigs").status_code == 422
    with pytest.raises(UnreadableFile, match="more than 5 MB"):
        read_upload("a.csv", b"7" * (5 * 2**20 + 1))
    # Beyond that nothing is read at all.
    told = {"CONTENT_LENGTH": str(7 * 2**20)}
    big = planner.client.post(LISTS, data={"programme": "tobacco"}, environ_overrides=told)
    assert (big.status_code, "too much at once" in big.text) == (413, True)


@pytest.mark.slow
def test_columns__in_other_forms__are_read(world, planner):
    # UTF-16 as Excel writes "Unicode text", with tabs.
    text = "Namba bilong fon\tNem\tConsent\tConsent date\r\n7100 0001\tJo\tnurse\t20/11/2026"
    checked(planner, text.encode("utf-16"), "unicode.txt")
    assert "1 of 1 rows can be taken" in planner.page.text
    # Latin letters of an old Excel, a number in the form of a float, a formula's error.
    at = checked(planner, csv("71000002,Ren\xe9,,,").decode().encode("latin-1"), "latin.csv")
    assert "cannot be read: write it again" in planner.page.text
    at = checked(planner, csv("7.0E+07,Jo,,,", "71000003,=cmd|x,,,"), "float.csv")
    assert "was rounded by a spreadsheet, such as 7.0E+07" in planner.page.text
    text = planner.get(f"{at}/refused.csv").text
    assert text.startswith("\ufeffline,reason,phone,name")
    assert '2,"phone was rounded by a spreadsheet' in text
    # No names of columns at all, and merged cells.
    checked(planner, b"71000004,Al\r\n71000005,Bo\r\n", "bare.csv")
    assert "2 of 2 rows can be taken" in planner.page.text
    merged = changed(
        workbook(2, {}),
        "xl/worksheets/sheet1.xml",
        lambda old: old.replace(
            b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="A1:B1"/></mergeCells>'
        ),
    )
    answer = upload(planner, merged)
    assert "Cells of this sheet are merged" in planner.get(answer.headers["Location"]).text


@pytest.mark.slow
def test_columns__wrong__are_marked_and_kept(world, planner):
    answer = upload(planner, b"a,b\r\nJo,x\r\nAl,y\r\n", "odd.csv")
    at = answer.headers["Location"].removesuffix("/columns")
    # Without phones there is nothing to look at yet.
    assert planner.get(at).status_code == 303
    planner.get(f"{at}/columns")
    wrong = planner.submit(f"{at}/columns", **chosen(planner), consent="yes")
    assert wrong.status_code == 422
    assert "does not tell who took the consent" in wrong.text
    assert 'value="yes"' in wrong.text
    wrong = planner.submit(f"{at}/columns", **chosen(planner), consent="")
    assert "Tell which column has the phone numbers" in wrong.text
    same = {"column-0": "phone", "column-1": "phone", "consent": ""}
    wrong = planner.submit(f"{at}/columns", **chosen(planner) | same)
    assert "Two columns have this meaning" in wrong.text
    # The rule of every row holds for all of them: a consent has its day.
    day = {"column-0": "phone", "column-1": "name", "consent": "nurse Kila", "consent_date": ""}
    wrong = planner.submit(f"{at}/columns", **chosen(planner) | day)
    assert "Write the day on which they agreed" in wrong.text


@pytest.mark.slow
def test_check__of_known_stopped_and_twice__begins_nobody_again_and_is_noted(
    world, planner, course
):
    with course.database.write() as session:
        stopped = course.database.vault.health_index("+67571000009")
        refuse(session, stopped, "tobacco", "sms", world.runtime.clock())
    rows = (
        "70000001,Maria,nurse,2026-11-20,",
        "71000009,Sto,nurse,2026-11-20,",
        "71000001,Jo,nurse,2026-11-20,",
        "71000001,Jo,nurse,2026-11-20,",
        "71000002,Al,,,",
    )
    at = checked(planner, csv(*rows))
    page = planner.page.text
    assert "4 of 5 rows can be taken" in page
    assert "In the programme already, or twice in the list" in page
    assert "Without a consent" in page
    assert "was left by the person" in page
    with course.database.read() as session:
        noted = set(session.scalars(select(Access.number_index)).all())
    # Who learns that somebody is in the programme, or left it, has read of them.
    assert {course.row().number_index, stopped} <= noted
    before = count(world, Subscription)
    planner.submit(f"{at}/rows", **{"out-3": "1"})
    planner.get(at)
    assert "Left out" in planner.page.text
    planner.submit(f"{at}/left-out")
    planner.get(at)
    staying = planner.submit(f"{at}/start").headers["Location"]
    assert "1 rows stay out" in planner.get(staying).text
    planner.submit(f"{at}/start")
    take(world)
    assert count(world, Subscription) == before + 1
    done = planner.get(at).text
    assert "Began the programme" in done
    assert "was left by the person" in done
    refused = planner.get(f"{at}/refused.csv")
    assert "attachment" in refused.headers["Content-Disposition"]
    assert '3,"programme was left by the person' in refused.text


@pytest.mark.slow
def test_refused_rows__with_formulas__are_harmless_and_can_be_uploaded_again(world, planner):
    at = checked(planner, csv('123,"=HYPERLINK(""x"")",@SUM(1),+2,-3', "+67571000001,Jo,,,x"))
    text = planner.get(f"{at}/refused.csv").text
    for cell in ("'=HYPERLINK", "'@SUM", "'+2", "'-3", "'+67571000001"):
        assert cell in text
    page = planner.get(at).text
    assert "<b>" not in page
    again = checked(planner, text.replace(",x\r\n", ",2026-12-05\r\n").encode(), "again.csv")
    assert again != at
    assert "1 of 2 rows can be taken" in planner.page.text


@pytest.mark.slow
def test_refused_rows__downloaded_and_corrected_twice__are_taken(world, planner):
    at = checked(planner, csv("+675 7100 0001,=Jo,,,x", "+675 7100 0002,+Al,nurse,2026-11-20,x"))
    text = planner.get(f"{at}/refused.csv").text
    assert "'+675 7100 0001,'=Jo" in text
    again = checked(planner, text.replace("2026-11-20,x", "2026-11-20,2026-12-05").encode())
    assert "1 of 2 rows can be taken" in planner.page.text
    text = planner.get(f"{again}/refused.csv").text
    assert text.startswith("\ufeffline,reason,phone,name")
    assert text.count("line,reason") == 1
    assert "'+675 7100 0001,'=Jo" in text
    text = text.replace("'=Jo,,,x", "'=Jo,nurse,2026-11-20,2026-12-05")
    last = checked(planner, text.encode())
    assert "1 of 1 rows can be taken" in planner.page.text
    planner.submit(f"{last}/start")
    take(world)
    assert "Began the programme" in planner.get(last).text


def test_list__with_markup_in_every_cell__shows_it_as_text(world, planner):
    bad = "<script>alert(1)</script>"
    checked(
        planner,
        csv(
            *[",".join([bad] * 5)], head=",".join(["phone", *[bad + str(one) for one in range(4)]])
        ),
        f"{bad}.csv",
    )
    assert bad not in planner.page.text
    assert "&lt;script&gt;" in planner.page.text
    for path in (LISTS,):
        assert bad not in planner.get(path).text


@pytest.mark.slow
def test_list__of_another_planner_or_role__is_not_there(world, planner):
    at = checked(planner, csv(ROW))
    for who, status in (("clinician", 403), ("officer", 403), ("administrator", 403)):
        visitor = Visitor(world).take_session_of(who)
        for path in (LISTS, at, f"{at}/columns", f"{at}/refused.csv", f"{at}/delete"):
            assert visitor.get(path).status_code == status
    with world.runtime.database.write() as session:
        # Another planner's: the row is given to somebody else.
        row = session.scalars(select(PersonImport)).one()
        row.party_id += 1
    for path in (at, f"{at}/columns", f"{at}/refused.csv", f"{at}/delete"):
        assert planner.get(path).status_code == 404
    assert "list.csv" not in planner.get(LISTS).text


@pytest.mark.slow
def test_list__thrown_away_or_old__is_erased(world, planner):
    at = checked(planner, csv(ROW))
    planner.get(f"{at}/delete")
    assert planner.submit(f"{at}/delete").status_code == 303
    assert (count(world, PersonImport), count(world, PersonImportRow)) == (0, 0)
    assert planner.get(at).status_code == 404
    at = checked(planner, csv(ROW))
    take(world)
    assert count(world, PersonImport) == 1
    world.runtime.clock.now += timedelta(days=7, minutes=1)
    take(world)
    assert (count(world, PersonImport), count(world, PersonImportRow)) == (0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("quit_date", ["", "no day"])
def test_list__and_its_person_who_is_forgotten__loses_their_row(world, planner, course, quit_date):
    checked(planner, csv(f"70000001,Maria,nurse,2026-11-20,{quit_date}", ROW))
    course.now = world.runtime.clock.now
    course.forget()
    with world.runtime.database.read() as session:
        lines = session.scalars(select(PersonImportRow.line)).all()
    assert lines == [1, 3]


def test_list__whose_programme_was_closed_meanwhile__takes_nobody(world, planner):
    at = checked(planner, csv(ROW))
    planner.submit(f"{at}/start")
    with world.runtime.database.write() as session:
        session.execute(PersonImport.__table__.update().values(programme="gone"))
    before = count(world, Subscription)
    take(world)
    assert count(world, Subscription) == before
    page = planner.get(at).text
    assert "takes no lists now" in page
