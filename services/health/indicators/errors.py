"""Errors of indicators and of their exports, each a kind of `services.core.errors`.

What DHIS2 answers is told apart by what helps: another token or mapping (`Conflict`), or time.
"""

from __future__ import annotations

from typing import ClassVar

from services.core.errors import Conflict, Invalid, Unavailable


class BadPeriod(Invalid):
    """The days do not make a period, or not one that the other system knows."""

    code = "bad_period"


class BadCut(Invalid):
    """A cut that there is not, or that a public table may not have."""

    code = "bad_cut"


class BadMapping(Invalid):
    """The mapping file cannot be used; `fields` names each fault."""

    code = "bad_mapping"


class Dhis2Refused(Conflict):
    """DHIS2 answered, and took nothing or not all; the sentence names what it refused."""

    code = "dhis2_refused"


class Dhis2Unreachable(Unavailable):
    """DHIS2 did not answer, or with a fault of its own: the same may be sent again."""

    code = "dhis2_unreachable"


class Dhis2NotSet(Unavailable):
    """Nobody has told where DHIS2 is, or with which token."""

    code = "dhis2_not_set"
    retryable: ClassVar[bool] = False
