"""`.env.example` shows every setting as it is."""

from __future__ import annotations

from services.core.variables import VARIABLES
from tests.support import dotenv
from tests.support.paths import ROOT


def test_env_example__all_settings__equals_them():
    shown = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert shown == dotenv.render(), "python -m tests.support.dotenv > .env.example"


def test_variables__all__carry_the_prefix_and_no_secret_has_a_default():
    assert [variable.name for variable in VARIABLES if not variable.name.startswith("BILUM_")] == []
    assert [variable.name for variable in VARIABLES if variable.secret and variable.default] == []
