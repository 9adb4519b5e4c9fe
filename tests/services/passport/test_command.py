from __future__ import annotations

import pytest

ROWS = "source,destination,id,t\n1,8184,00001,2005-10-18\n"


def taken(bilum, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(ROWS)
    assert bilum("import", "movements", path).status == 0


@pytest.mark.slow
def test_command__known_animal__prints_the_address_and_writes_the_page(bilum, tmp_path):
    taken(bilum, tmp_path)
    page = tmp_path / "passport.html"
    ended = bilum("passport", "animal:00001", "--html", page)
    assert ended.status == 0
    address = ended.out.strip()
    number, _, code = address.rpartition("/passports/")[2].partition("?code=")
    assert address.startswith("http://127.0.0.1")
    written = page.read_text(encoding="utf-8")
    assert f"<h1>{number}</h1>" in written
    assert code in written
    assert f"{address.partition('/passports/')[0]}/api/v1/passports/{number}/proof" in written


@pytest.mark.slow
def test_command__renew__ends_the_code_before(bilum, tmp_path):
    taken(bilum, tmp_path)
    first, again, renewed = (
        bilum("passport", "animal:00001", *options).out for options in ((), (), ("--renew",))
    )
    assert first == again
    assert renewed != first
    assert renewed == bilum("passport", "animal:00001").out


def test_command__unknown_animal__says_so(bilum):
    ended = bilum("passport", "598000000000024")
    assert (ended.status, "unknown_number" in ended.err) == (2, True)
