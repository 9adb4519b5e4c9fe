"""The shape of the tree: sizes, packages, words that must not be in it."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.support.paths import PACKAGES, ROOT, project_files, python_files

LIMIT = 500
EXPLAIN_ABOVE = 300
# Files above 300 lines, each with the reason why it is not two.
EXPLAINED: dict[str, str] = {
    "chain/ports.py": "what the ledger needs from outside and the values that pass, one list",
    "services/messaging/person_erasure.py": "what is erased of a person, table by table",
    "services/messaging/command_router.py": "what a handler is handed, and its finding",
    "services/core/variables.py": "every environment variable, one list to look up",
    "services/livestock/domain/consequences.py": "the table of consequences, row after row",
    "services/livestock/domain/errors.py": "every refusal of a report, one list to look up",
    "services/livestock/domain/details.py": "what an event of each type tells, one list to look up",
    "services/livestock/domain/animal_state.py": "one fold: what each event makes of a state",
    "services/livestock/domain/model.py": "every type of event, flag and reference in one place",
    "services/livestock/sms_commands/common.py": "what each command reads of sender, place and day",
}
# Alembic loads its revisions by path, so their folder is no package.
NO_PACKAGE = ROOT / "services" / "storage" / "migrations" / "versions"

FORBIDDEN = {
    "a machine's path": re.compile(r"(?<![\w.}-])/(?:work|root)/|/home/\w+/|/tmp/\w*venv"),
    "a registry's host": re.compile(
        r"pypi\.org|pythonhosted\.org|registry\.npmjs|npmmirror|(?:deb|security)\.debian\.org"
        r"|--?(?:extra-)?index-url[ =]h|download\.pytorch|crates\.io|proxy\.golang"
    ),
}
THIS_FILE = "tests/architecture/test_files.py"


def line_counts(*folders):
    return {
        path.relative_to(ROOT).as_posix(): len(path.read_bytes().splitlines())
        for path in python_files(*folders)
    }


def test_file_size__any_python_file__is_at_most_500_lines():
    counts = line_counts(*PACKAGES, "tests", "bench")
    assert {name: lines for name, lines in counts.items() if lines > LIMIT} == {}


def test_file_size__package_file_above_300_lines__is_explained():
    counts = line_counts(*PACKAGES)
    assert {name for name, lines in counts.items() if lines > EXPLAIN_ABOVE} == set(EXPLAINED)


@pytest.mark.parametrize("package", PACKAGES)
def test_package__imported_bare__comes_from_the_repository(package):
    module = __import__(package)
    assert module.__file__ == str(ROOT / package / "__init__.py")


def test_contracts__folder__is_not_importable():
    assert [path for path in (ROOT / "contracts").rglob("__init__.py") if path.is_file()] == []


@pytest.mark.parametrize("top", [*PACKAGES, "tests"])
def test_folders__with_python_files__are_packages(top):
    folders = {path.parent for path in python_files(top)} - {NO_PACKAGE}
    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_data__every_file_beside_the_code__goes_into_the_wheel():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    declared = project["tool"]["setuptools"]["package-data"]
    packed = {
        path
        for package, patterns in declared.items()
        for pattern in patterns
        for path in (ROOT / package).glob(pattern)
    }
    beside = {
        path
        for path in project_files()
        if path.relative_to(ROOT).parts[0] in PACKAGES and path.suffix != ".py"
    }
    assert beside - packed == set()


def test_licence__file__is_apache_2():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License\n                           Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text


@pytest.mark.slow
@pytest.mark.parametrize("what", FORBIDDEN)
def test_tree__any_text_file__does_not_name(what):
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in project_files()
        if path.relative_to(ROOT).as_posix() != THIS_FILE
        for match in FORBIDDEN[what].finditer(path.read_text(encoding="utf-8", errors="ignore"))
    ]
    assert found == []
