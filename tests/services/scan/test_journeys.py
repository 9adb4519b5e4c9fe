"""What a session becomes, from the first scan to the receipt, as its person sees it."""

from __future__ import annotations

import pytest

from tests.factories import official

pytestmark = [pytest.mark.browser, pytest.mark.sockets]

DAY = "2026-11-25"
HTML = "<b onclick=alert(1)>Kudjip</b>"


@pytest.fixture
def places(scanner):
    return scanner.ground.scene.places


def shown(tag):
    return f"{tag[:3]} {tag[3:6]} {tag[6:9]} {tag[9:12]} {tag[12:]}"


def registered(scanner, place, *numbers):
    """Pigs that are registered at a keeper's place."""
    tags = [official(number) for number in numbers]
    scanner.ground.report("keeper", "register", tags, premises=place)
    return tags


def test_movement__pigs_arrive__is_reviewed_confirmed_and_has_a_receipt(scanner, places):
    farm, other = places["keeper"], places["neighbour"]
    came, missing = registered(scanner, farm, 201, 202)
    scanner.ground.report("keeper", "depart", [came, missing], premises=farm, other=other)
    scanner.enrol("neighbour").scan(came)
    scanner.become("movement", premises=other, other=farm, direction="arrive", day=DAY)
    assert shown(missing) in scanner.page.text("#not_seen")
    assert scanner.verdicts() == {came: "record"}
    before = scanner.journal()
    scanner.confirm()
    assert scanner.journal() == [*before, "arrive"]
    assert scanner.receipts() == ["Arrived: 1 pig"]


def test_movement__of_anothers_pig__says_that_it_counts_once_its_keeper_agrees(scanner, places):
    [pig] = registered(scanner, places["keeper"], 211)
    scanner.enrol("neighbour").scan(pig)
    scanner.become("movement", premises="104373", direction="depart", day=DAY, wait=False)
    scanner.page.wait_for("!!document.querySelector('.trouble')")
    assert scanner.page.text(".trouble") == "No place has this number. Look at it again."
    scanner.fill("#f-premises", places["neighbour"])
    scanner.page.click("#review")
    scanner.page.wait_for("!!document.querySelector('#facts')")
    assert scanner.verdicts() == {pig: "record"}
    said = scanner.page.evaluate("document.body.innerText")
    assert "counts once its keeper agrees" in said


def test_stocktake__one_missing_and_one_struck_out__counts_the_others(scanner, places):
    farm = places["keeper"]
    here, missing, struck = registered(scanner, farm, 221, 222, 223)
    scanner.enrol().scan(here, struck, official(224))
    scanner.become("stocktake", premises=farm, day=DAY)
    assert shown(missing) in scanner.page.text("#not_seen")
    assert shown(official(224)) in scanner.page.text("#not_expected")
    scanner.open_single(struck)
    scanner.page.click(f"li[data-tag='{struck}'] input[type=checkbox]")
    scanner.look_again()
    assert scanner.verdicts() == {here: "record", struck: "left_out", official(224): "record"}
    before = scanner.journal()
    scanner.confirm()
    assert scanner.journal() == [*before, "count"]
    assert shown(official(224)) in scanner.page.text("#registration_wanted")


def test_inspection__one_is_seized__is_a_check_for_each_outcome(scanner, places):
    farm = places["keeper"]
    good, bad = registered(scanner, farm, 231, 232)
    scanner.enrol("inspector").scan(good, bad)
    scanner.become("inspection", premises=farm, day=DAY)
    scanner.open_single(bad)
    scanner.fill(f"li[data-tag='{bad}'] select[name=outcome]", "seized")
    scanner.look_again()
    scanner.confirm()
    assert scanner.journal()[-2:] == ["check", "check"]
    assert scanner.receipts() == ["Checked: 1 pig", "Checked: 1 pig"]


def test_slaughter__with_a_treated_pig__is_a_kill_sheet_that_withholds_it(scanner, places):
    farm, hall = places["keeper"], places["abattoir"]
    first, treated, last = registered(scanner, farm, 241, 242, 243)
    medicine = {"product": "Oxytetracycline", "withdrawal_days": 14}
    scanner.ground.report("keeper", "treatment", [treated], premises=farm, details=medicine)
    scanner.ground.report("keeper", "depart", [first, treated, last], premises=farm, other=hall)
    scanner.ground.report("abattoir", "arrive", [first, treated, last], premises=hall, other=farm)
    scanner.enrol("abattoir").scan(first, treated, last)
    scanner.all_sent()
    scanner.page.click("#note")
    scanner.page.click("#note-text")
    scanner.page.type(HTML)
    scanner.page.click("#note-keep")
    scanner.become("slaughter", premises=hall, first_carcass="101", day=DAY)
    assert scanner.verdicts() == {first: "record", treated: "refused", last: "record"}
    scanner.open_single(last)
    scanner.fill(f"li[data-tag='{last}'] input[name=carcass]", "K-7")
    scanner.fill(f"li[data-tag='{last}'] input[name=kilograms]", "61.5")
    scanner.look_again()
    scanner.confirm()
    rows = scanner.sheet()
    assert [(row[0], row[1], row[4], row[5], row[6]) for row in rows] == [
        ("1", "101", "passed", "passed", ""),
        ("3", "K-7", "passed", "passed", "61.5"),
    ]
    assert [len(row[8]) for row in rows] == [19, 19]
    assert [row[3] for row in rows] == [farm] * 2
    assert shown(treated) in scanner.page.text("#withheld")
    assert "Slaughtered: 2 · withheld: 1 · 61.5 kg" in scanner.page.text("#sheet")
    assert HTML in scanner.page.text("#sheet")
    assert scanner.printed_pages() == 1
    assert scanner.page.evaluate("document.querySelectorAll('#sheet b[onclick]').length") == 0


def test_place__whose_name_is_html__shows_as_text(scanner, places):
    place = scanner.ground.open_place("keeper", HTML)
    [pig] = registered(scanner, place, 251)
    scanner.enrol().scan(pig)
    scanner.page.wait_for("document.querySelector('#last .sign') !== null")
    assert HTML in scanner.page.text("#last")
    scanner.become("stocktake", premises=place, day=DAY)
    assert HTML in scanner.page.text("#facts")
    assert scanner.page.evaluate("document.querySelectorAll('#main b[onclick]').length") == 0


def test_review__something_changes_before_it_is_confirmed__is_shown_again(scanner, places):
    farm = places["keeper"]
    seen, later = registered(scanner, farm, 261, 262)
    scanner.enrol().scan(seen)
    scanner.become("stocktake", premises=farm, day=DAY)
    scanner.ground.report("keeper", "depart", [later], premises=farm, other=places["neighbour"])
    before = scanner.journal()
    scanner.page.click("#confirm")
    scanner.page.wait_for("!!document.querySelector('.trouble')")
    assert "Something changed" in scanner.page.text(".trouble")
    assert scanner.journal() == before
    scanner.page.click("#review")
    scanner.page.wait_for("!!document.querySelector('#confirm')")
    scanner.confirm()
    assert scanner.journal() == [*before, "count"]


def test_sessions__several__are_listed_with_how_far_they_are(scanner, places):
    [pig] = registered(scanner, places["keeper"], 271)
    scanner.enrol().scan(pig)
    scanner.become("stocktake", premises=places["keeper"], day=DAY)
    scanner.confirm()
    scanner.page.click("#new")
    scanner.page.wait_for("!!document.querySelector('#wedge')")
    scanner.page.click("#sessions")
    listed = scanner.page.text("#list")
    assert "scanning" in listed
    assert "recorded" in listed


def test_sessions__recorded_long_ago__are_forgotten_and_open_ones_kept(scanner, places):
    [pig] = registered(scanner, places["keeper"], 275)
    scanner.enrol().scan(pig)
    scanner.become("stocktake", premises=places["keeper"], day=DAY)
    scanner.confirm()
    scanner.age("2020-01-01T08:00:00+10:00")
    scanner.page.click("#new")
    scanner.page.wait_for("!!document.querySelector('#wedge')")
    scanner.scan(pig).age("2020-01-02T08:00:00+10:00")
    scanner.all_sent()
    scanner.reopen()
    scanner.page.click("#sessions")
    listed = scanner.page.text("#list")
    assert "2020-01-02 08:00" in listed
    assert "2020-01-01 08:00" not in listed


def test_keys__alone__are_enough_from_the_first_scan_to_the_receipt(scanner, places):
    [pig] = registered(scanner, places["keeper"], 281)
    scanner.enrol().scan(pig)
    scanner.all_sent()
    scanner.reach("finish")
    scanner.reach("kind-stocktake")
    scanner.page.type(places["keeper"])
    scanner.page.press("Enter")
    scanner.page.wait_for("!!document.querySelector('#confirm')")
    scanner.reach("confirm")
    scanner.page.wait_for("!!document.querySelector('#receipts')")
