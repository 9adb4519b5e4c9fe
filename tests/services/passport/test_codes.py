from __future__ import annotations

import re

import pytest

from services.livestock.recording.lookup import known_animal
from services.passport.codes import code_of, end_codes, opens
from services.storage.vault import Vault
from tests.factories import KEY, official, pig, report, write

VAULT = Vault(KEY)


@pytest.fixture
def session(database):
    write(database, report("register", [pig(1), pig(2)]))
    with database.write() as session:
        yield session


@pytest.fixture
def animal(session):
    return known_animal(session, official(1)).id


@pytest.fixture
def other(session):
    return known_animal(session, official(2)).id


def test_code__of_each_animal__is_its_own_and_stays(session, animal, other):
    code = code_of(session, VAULT, animal)
    assert re.fullmatch("([0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}", code)
    assert code == code_of(session, VAULT, animal)
    assert code != code_of(session, VAULT, other)
    assert code != code_of(session, Vault(bytes(32)), animal)


def test_code__as_people_type_it__opens(session, animal):
    code = code_of(session, VAULT, animal)
    misread = code.replace("0", "O").replace("1", "l")
    for typed in (code, code.lower(), code.replace("-", ""), f" {code} ", misread):
        assert opens(session, VAULT, animal, typed)


def test_code__anything_else__opens_nothing(session, animal, other):
    code = code_of(session, VAULT, animal)
    wrong = [code[:-1], code + code[-1], "", "é" * 12, "\ud800", code[::-1]]
    wrong += [code_of(session, VAULT, other)]
    assert not any(opens(session, VAULT, animal, typed) for typed in wrong)
    assert not opens(session, VAULT, None, code)


def test_end_codes__each_time__only_the_newest_code_of_that_animal_opens(session, animal, other):
    kept = code_of(session, VAULT, other)
    given = [code_of(session, VAULT, animal)]
    for _ in range(2):
        end_codes(session, animal)
        given.append(code_of(session, VAULT, animal))
    assert len(set(given)) == 3
    assert [opens(session, VAULT, animal, code) for code in given] == [False, False, True]
    assert opens(session, VAULT, other, kept)
