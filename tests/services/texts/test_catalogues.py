"""The catalogues say the same in each language, and exactly what the program asks them for."""

from __future__ import annotations

import gettext
import re
import subprocess
import sys
from datetime import date
from string import Formatter

import pytest

from services.texts.catalogue import HELP, LANGUAGES, sentences
from services.texts.help_numbers import directory
from tests.services.texts.catalogues import (
    DOMAINS,
    TRANSLATED,
    entries,
    header,
    path_of,
    read,
)
from tests.services.texts.spoken import read_source

FILES = [(language, domain) for domain in DOMAINS for language in LANGUAGES]
NOBODY = "nobody yet"
# What the design fixes word for word in Tok Pisin says less than the English does.
SHORTER = {"no.zone_leaving", "no.zone_entering"}
CODES = list(sentences("en"))


def places(template):
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def all_places(code, language):
    return set().union(*map(places, sentences(language)[code].forms))


def test_codes__of_all_files__are_there_once_in_the_order_of_english():
    found = {
        language: [entry.context for domain in DOMAINS for entry in entries(read(language, domain))]
        for language in LANGUAGES
    }
    assert len(set(found["en"])) == len(found["en"]) == len(CODES)
    assert found == dict.fromkeys(LANGUAGES, found["en"])
    assert set(DOMAINS) == {path.stem for path in path_of("tpi", "health").parent.iterdir()}


@pytest.mark.parametrize("domain", DOMAINS)
def test_entries__of_each_language__translate_what_english_says_now(domain):
    english = entries(read("en", domain))
    assert [one.context for one in english if one.id != one.string] == [], "make catalogues"
    for language in TRANSLATED:
        other = entries(read(language, domain))
        assert [one.id for one in other] == [one.id for one in english], "make catalogues"
        assert [one.auto_comments for one in other] == [one.auto_comments for one in english]


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentence__each__is_whole_with_the_same_placeholders_in_every_language(language):
    for code, sentence in sentences(language).items():
        assert all(sentence.forms), code
        english, found = all_places(code, "en"), all_places(code, language)
        assert found == english or (code in SHORTER and found < english), code
        # One form may leave out the count that it is for, and nothing else.
        assert all(found - places(form) <= {"count"} for form in sentence.forms), code
        # Named, so that a translator may change their order.
        assert all(name.isidentifier() for name in found), code


@pytest.mark.parametrize("domain", DOMAINS)
def test_entry__with_placeholders__tells_a_translator_what_each_holds_and_has_its_flag(domain):
    for entry in entries(read("en", domain)):
        comments = "\n".join(entry.auto_comments)
        told = set(re.findall(r"^\{(\w+)\}: ", comments, re.MULTILINE))
        assert told == all_places(entry.context, "en"), entry.context
        assert ("python-brace-format" in entry.flags) is bool(told), entry.context
        assert not entry.auto_comments[0].startswith("{"), entry.context


@pytest.mark.parametrize(("language", "domain"), FILES)
def test_header__of_each_file__names_language_plurals_reviewer_and_day(language, domain):
    fields = header(language, domain)
    assert fields["Language"] == language
    assert fields["Content-Type"] == "text/plain; charset=UTF-8"
    assert fields["Last-Translator"]
    assert fields["Plural-Forms"] == "nplurals=2; plural=(n != 1);"
    assert fields["X-Reviewed-By"]
    if fields["X-Reviewed-By"] == NOBODY:
        assert fields["X-Reviewed-On"] == ""
    else:
        assert date.fromisoformat(fields["X-Reviewed-On"])


@pytest.mark.parametrize(("language", "domain"), FILES)
def test_drafts__of_each_file__are_all_of_it_until_somebody_has_reviewed_it(language, domain):
    found = entries(read(language, domain))
    drafts = [entry.context for entry in found if entry.fuzzy]
    assert [code for code in drafts if not sentences(language)[code].draft] == []
    if language == "en":
        # The source of the others is nobody's draft.
        assert drafts == []
    elif header(language, domain)["X-Reviewed-By"] == NOBODY:
        assert len(drafts) == len(found)


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_plural__of_each_sentence_that_is_counted__has_every_form(language):
    counted = read_source().counted
    for code, sentence in sentences(language).items():
        used = {sentence.plural(count) for count in range(200)}
        assert used == {0, 1}
        assert len(sentence.forms) == (len(used) if code in counted else 1), code


@pytest.mark.program("msgfmt")
@pytest.mark.parametrize(("language", "domain"), FILES)
def test_file__for_the_tools_of_gettext__is_without_fault(language, domain, tmp_path):
    told = tmp_path / "compiled.mo"
    asked = ["msgfmt", "--check", "--use-fuzzy", "--output-file", told, path_of(language, domain)]
    run = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    with told.open("rb") as stream:
        compiled = gettext.GNUTranslations(stream)
    for entry in entries(read(language, domain)):
        if isinstance(entry.string, str):
            assert compiled.pgettext(entry.context, entry.id) == entry.string


@pytest.mark.slow
def test_sentences__that_the_program_says__are_all_there():
    assert {code for code, _ in read_source().spoken} - set(CODES) == set()
    several = {code for code in CODES if len(sentences("en")[code].forms) > 1}
    assert several == read_source().counted


def test_sentences__said_with_their_values_beside_them__get_all_that_they_need():
    missing = {
        # Whom to call is filled in by itself.
        code: all_places(code, "en") - given - set(HELP)
        for code, given in read_source().spoken
        if given is not None
    }
    assert {code: names for code, names in missing.items() if names} == {}


@pytest.mark.slow
def test_sentences__of_the_catalogues__are_all_said_somewhere():
    assert [code for code in CODES if not read_source().says(code)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences__that_name_whom_to_call__type_no_number(language):
    known = directory()
    numbers = {known.in_towns, known.helpline}
    for province in known.provinces.values():
        numbers |= {province.ambulance, province.police}
    typed = re.compile(rf"(?<![0-9])(?:{'|'.join(map(re.escape, numbers - {'', None}))})(?![0-9])")
    forms = {code: one.forms for code, one in sentences(language).items()}
    assert [code for code, said in forms.items() if any(map(typed.search, said))] == []


def test_start__of_the_command__reads_no_catalogue():
    asked = "import services.cli, sys; print('babel.messages.pofile' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
