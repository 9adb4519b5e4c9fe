"""A person scans in a browser: real keys, a real server, a network that comes and goes."""

from __future__ import annotations

import pytest

from tests.factories import official
from tests.services.scene import OTHER_PIG, PIG, SENT_PIG

pytestmark = [pytest.mark.browser, pytest.mark.sockets]

STRANGERS = [official(number) for number in range(101, 128)]
SCRIPT = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"


def allflex(tag):
    return f"LA {tag[:3]} {tag[3:]}"


def test_enrol__a_good_code__draws_a_key_that_cannot_be_read(scanner):
    scanner.enrol()
    key = scanner.stored("kept", "device")
    assert (key["private"], key["extractable"]) == ("private", False)
    assert scanner.page.text("#count").split() == ["0", "pigs"]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("7KQ2-M9XA-P4TD-WZ3C", "This code does not work"),
        ("x", "This code does not work"),
        (SCRIPT[:60], "This code does not work"),
        ("६", "This code does not work"),
    ],
)
def test_enrol__a_wrong_code__is_told(scanner, code, told):
    scanner.page.click("#code")
    scanner.page.type(code)
    scanner.page.press("Enter")
    scanner.page.wait_for("document.querySelector('#answer').innerText !== ''")
    assert told in scanner.page.text("#answer")
    assert scanner.page.evaluate("document.title") == "Bilum"


def test_enrol__the_answer_is_lost__the_same_key_comes_again(scanner):
    code = scanner.ground.enrolment("keeper", scanner.name)
    scanner.lose_answers()
    scanner.page.click("#code")
    scanner.page.type(code)
    scanner.page.press("Enter")
    assert "Your code is still good" in scanner.page.wait_for(
        "document.querySelector('#answer').innerText"
    )
    scanner.get_answers()
    scanner.page.press("Enter")
    scanner.page.wait_for("!!document.querySelector('#wedge')")


def test_scan__thirty_tags_with_repeats_and_a_bad_one__are_counted_as_they_come(scanner):
    scanner.enrol()
    tags = [PIG, OTHER_PIG, SENT_PIG, *STRANGERS]
    for at, tag in enumerate(tags):
        scanner.scan(allflex(tag) if at % 2 else tag)
    assert scanner.last() == ("new", "New")
    scanner.scan(PIG, allflex(OTHER_PIG))
    assert scanner.last() == ("repeat", "Read before")
    scanner.scan("98200000108")
    assert scanner.last() == ("fault", "Not read: scan again")
    assert scanner.page.text("#count").split() == ["30", "pigs"]
    assert scanner.page.text("#sums") == "2 read again · 1 not read"
    scanner.page.wait_for("document.querySelector('#scans .sign') !== null")
    scanner.all_sent()
    assert scanner.uploaded() == sorted([*tags, PIG, OTHER_PIG])


def test_scan__from_the_page_of_a_roadblock__has_the_place_filled_in(scanner):
    scanner.enrol()
    scanner.page.open(f"{scanner.ground.url}/scan#place=1359")
    scanner.scan(PIG)
    scanner.page.click("#finish")
    scanner.page.wait_for("document.querySelector('#f-premises')?.value === '1359'")
    assert scanner.page.evaluate("document.querySelector('#f-purpose').value") == "roadblock"
    assert scanner.page.evaluate("location.hash") in {"", "#kind"}


def test_scan__with_tab_at_the_end_or_between__is_one_line(scanner):
    scanner.enrol()
    scanner.page.type(f"{PIG}\t")
    scanner.page.wait_for("document.querySelector('#count').innerText.startsWith('1')")
    scanner.scan(f"{OTHER_PIG}\t25/11/2026\t08:01:02")
    assert scanner.page.text("#count").split() == ["2", "pigs"]
    assert scanner.page.text("#sums") == "0 read again · 0 not read"


def test_scan__while_a_button_has_the_focus__goes_to_the_field_and_presses_nothing(scanner):
    scanner.enrol()
    scanner.page.evaluate("document.querySelector('#pause').focus()")
    scanner.scan(PIG)
    assert scanner.page.text("#count").split() == ["1", "pig"]
    assert scanner.page.evaluate("document.querySelector('#pause').ariaPressed") == "false"


def test_pause__scans__are_not_taken_until_it_goes_on(scanner):
    scanner.enrol()
    paused = "document.querySelector('#last').innerText === 'Paused: scans are ignored'"
    scanner.page.click("#pause")
    scanner.page.wait_for(paused)
    scanner.scan(PIG)
    scanner.page.click("#pause")
    scanner.page.wait_for(f"!({paused})")
    scanner.scan(OTHER_PIG)
    assert scanner.page.text("#count").split() == ["1", "pig"]


def test_undo__before_and_after_it_was_sent__is_not_recorded(scanner):
    scanner.enrol().scan(PIG, OTHER_PIG)
    scanner.page.click("#undo")
    scanner.page.wait_for("document.querySelector('#count').innerText.startsWith('1')")
    scanner.scan(SENT_PIG)
    scanner.all_sent()
    scanner.page.click("#undo")
    scanner.page.wait_for("document.querySelector('#count').innerText.startsWith('1')")
    scanner.become("stocktake", premises=scanner.ground.scene.places["keeper"])
    assert scanner.verdicts() == {PIG: "record", SENT_PIG: "left_out"}
    assert scanner.uploaded() == [PIG, SENT_PIG]


def test_network__lost_and_the_page_closed__all_arrives_once_when_it_is_back(scanner):
    scanner.enrol().scan(PIG)
    scanner.all_sent()
    scanner.ground.stop()
    scanner.scan(OTHER_PIG, SENT_PIG, *STRANGERS[:5])
    scanner.become("movement", premises=scanner.ground.scene.places["keeper"], wait=False)
    scanner.page.wait_for("document.querySelector('#net').innerText.includes('not sent yet')")
    assert "2 not sent yet" in scanner.page.text("#net")
    # The server is gone, so the page comes from the phone itself.
    scanner.reopen()
    scanner.page.wait_for("document.querySelector('#net').innerText.includes('not sent yet')")
    assert "You may close the page" in scanner.page.text("#waiting")
    scanner.ground.start()
    scanner.page.evaluate("window.dispatchEvent(new Event('online'))")
    scanner.page.wait_for("!!document.querySelector('#confirm')")
    assert scanner.page.text("#net") == "✓ All sent"
    assert scanner.uploaded() == sorted([PIG, OTHER_PIG, SENT_PIG, *STRANGERS[:5]])


def test_network__answers_are_lost__nothing_takes_effect_twice(scanner):
    scanner.enrol().scan(PIG)
    scanner.all_sent()
    scanner.become("stocktake", premises=scanner.ground.scene.places["keeper"])
    before = scanner.journal()
    scanner.lose_answers()
    scanner.page.click("#confirm")
    scanner.page.wait_for("document.querySelector('#net').innerText.includes('not sent yet')")
    assert scanner.journal() == [*before, "count"]
    scanner.get_answers()
    scanner.page.evaluate("window.dispatchEvent(new Event('online'))")
    scanner.page.wait_for("!!document.querySelector('#receipts')")
    assert scanner.journal() == [*before, "count"]


def test_network__another_copy_of_the_storage_used_the_counters__goes_on_after_them(scanner):
    scanner.enrol().scan(PIG)
    scanner.all_sent()
    scanner.set_counter(1)
    scanner.scan(OTHER_PIG)
    scanner.all_sent()
    assert scanner.uploaded() == sorted([PIG, OTHER_PIG])


def test_network__counters_were_left_out__what_follows_does_not_wait(scanner):
    scanner.enrol().scan(PIG)
    scanner.all_sent()
    scanner.set_counter(5)
    scanner.scan(OTHER_PIG)
    scanner.all_sent()
    assert scanner.uploaded() == sorted([PIG, OTHER_PIG])


def test_revoked__a_device__is_told_and_keeps_what_was_scanned_for_its_next_code(scanner):
    scanner.enrol().scan(PIG)
    scanner.all_sent()
    scanner.ground.revoke(scanner.name)
    scanner.scan(OTHER_PIG)
    scanner.page.wait_for("!!document.querySelector('#trouble')")
    assert "This device was blocked" in scanner.page.text("#trouble")
    assert scanner.uploaded() == [PIG]
    scanner.page.click("#trouble button")
    scanner.page.wait_for("!!document.querySelector('#code')")
    scanner.enrol(again=True)
    assert scanner.page.evaluate("document.querySelector('#trouble')") is None
    scanner.all_sent()
    assert scanner.page.text("#count").split() == ["2", "pigs"]
    assert scanner.uploaded() == sorted([PIG, OTHER_PIG])


def test_file__of_a_reader_in_utf16__is_dropped_and_read_by_the_server(scanner, tmp_path):
    file = tmp_path / "session <b>1<b>.csv"
    file.write_bytes(f"EID,Weight\r\n{PIG},41.5\r\n9.82E+14,40\r\n{PIG},\r\n".encode("utf-16"))
    scanner.enrol().page.drop("#last", file)
    scanner.page.wait_for("document.querySelector('#count').innerText.startsWith('1')")
    assert scanner.page.text("#sums") == "1 read again · 1 not read"
    assert "session <b>1<b>.csv" in scanner.page.text("#scans")
    assert "Line 3" in scanner.page.text("#scans .fault")


def test_file__that_holds_no_tags__is_refused_in_a_sentence(scanner, tmp_path):
    file = tmp_path / "letter.csv"
    file.write_text("Dear Madam,Sir\n", "utf-8")
    scanner.enrol().page.choose("#file", file)
    scanner.page.wait_for("!!document.querySelector('.trouble')")
    assert "holds no ear tags" in scanner.page.text(".trouble")


def test_note__and_a_fault_with_html__show_as_text(scanner):
    scanner.enrol().scan(SCRIPT)
    scanner.page.click("#note")
    scanner.page.click("#note-text")
    scanner.page.type(SCRIPT)
    scanner.page.click("#note-keep")
    scanner.page.wait_for("!!document.querySelector('#noted')")
    assert scanner.page.text("#noted") == SCRIPT
    assert SCRIPT in scanner.page.text("#scans .fault")
    assert scanner.page.evaluate("document.querySelectorAll('#main img, #main script').length") == 0
    assert scanner.page.evaluate("document.title") == "Bilum"


def test_language__chosen__is_kept_and_holds_everywhere(scanner):
    scanner.page.click("#language")
    scanner.page.wait_for("document.documentElement.lang === 'tpi'")
    scanner.enrol().scan(PIG)
    assert scanner.last() == ("new", "Nupela")
    scanner.reopen()
    assert scanner.page.text("#count").split() == ["1", "pik"]


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_width__of_a_small_phone_or_a_laptop__needs_no_scrolling_aside(scanner, width):
    scanner.page.resize(width, 740)
    scanner.enrol().scan(PIG, OTHER_PIG)
    scanner.all_sent()
    for step in (lambda: None, lambda: scanner.page.click("#finish")):
        step()
        wide = "document.documentElement.scrollWidth"
        assert scanner.page.evaluate(wide) <= width


def test_low_screen__button_that_ends_a_session__covers_no_field(scanner):
    scanner.page.resize(320, 480)
    scanner.enrol().scan(PIG)
    field, end = (
        scanner.page.evaluate(f"document.querySelector('{one}').getBoundingClientRect().{edge}")
        for one, edge in (("#wedge", "bottom"), ("#finish", "top"))
    )
    assert field < end


def test_contrast__of_every_text_on_every_screen__is_that_of_wcag_aa(scanner):
    assert scanner.faint_texts() == []
    scanner.enrol().scan(PIG)
    assert scanner.faint_texts() == []
    scanner.scan(PIG)
    assert scanner.faint_texts() == []
    scanner.scan("?")
    scanner.all_sent()
    assert scanner.faint_texts() == []
    scanner.become("stocktake", premises=scanner.ground.scene.places["keeper"])
    assert scanner.faint_texts() == []
    scanner.page.click("#sessions")
    scanner.page.wait_for("!!document.querySelector('#list')")
    assert scanner.faint_texts() == []


def test_screen__is_left_before_the_scans_were_sent__they_are_sent_all_the_same(scanner):
    scanner.enrol().scan(PIG, OTHER_PIG, SENT_PIG)
    assert scanner.page.text("#net") == "3 being sent"
    scanner.page.click("#sessions")
    scanner.page.wait_for("!!document.querySelector('#list')")
    assert scanner.page.text("#net") == "3 being sent"
    scanner.wait_until(lambda: scanner.uploaded() == sorted([PIG, OTHER_PIG, SENT_PIG]), 20)
    scanner.page.wait_for("document.querySelector('#net').innerText === '✓ All sent'")


def test_session__is_left_without_network_and_the_page_closed__its_scans_are_sent(scanner):
    scanner.enrol()
    scanner.page.wait_for(
        "navigator.serviceWorker.ready.then(() => !!navigator.serviceWorker.controller)"
    )
    scanner.ground.stop()
    scanner.scan(PIG, OTHER_PIG)
    scanner.page.click("#sessions")
    scanner.page.click("#new")
    scanner.page.wait_for("document.querySelector('#count')?.innerText.startsWith('0')")
    scanner.reopen()
    scanner.page.wait_for("!document.querySelector('#net').innerText.startsWith('✓')")
    scanner.page.wait_for("document.querySelector('#net').innerText.includes('not sent yet')")
    scanner.ground.start()
    scanner.page.evaluate("window.dispatchEvent(new Event('online'))")
    scanner.all_sent()
    assert scanner.uploaded() == sorted([PIG, OTHER_PIG])


def test_worker__the_page_is_closed_when_the_network_is_back__sends_by_itself(scanner):
    scanner.enrol().scan(PIG)
    scanner.all_sent()
    registration = scanner.worker_registration()
    scanner.ground.stop()
    scanner.scan(OTHER_PIG)
    scanner.page.wait_for("document.querySelector('#net').innerText.includes('not sent yet')")
    scanner.page.open("about:blank")
    scanner.ground.start()
    # What Chromium tells the worker when the network is back.
    scanner.page.call(
        "ServiceWorker.dispatchSyncEvent",
        origin=scanner.ground.url,
        registrationId=registration,
        tag="bilum-scan",
        lastChance=False,
    )
    scanner.wait_until(lambda: scanner.uploaded() == sorted([PIG, OTHER_PIG]))


def test_session__of_a_thousand_scans__takes_the_next_one_at_once(scanner):
    scanner.enrol()
    tags = [official(number) for number in range(1000, 2000)]
    scanner.page.evaluate(
        "(() => { const it = document.querySelector('#wedge');"
        f" it.value = {chr(10).join(map(allflex, tags))!r};"
        " it.dispatchEvent(new Event('input')); })()"
    )
    scanner.page.wait_for("document.querySelector('#count').innerText.startsWith('1000')", 60)
    scanner.all_sent()
    assert scanner.uploaded() == tags
    took = scanner.page.evaluate(
        "(async () => { const from = performance.now();"
        f" const it = document.querySelector('#wedge'); it.value = '{PIG}';"
        " it.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));"
        " while (!document.querySelector('#count').innerText.startsWith('1001'))"
        " await new Promise(requestAnimationFrame);"
        " return performance.now() - from; })()"
    )
    # Nobody walks faster than a pig in a second.
    assert took < 1000
