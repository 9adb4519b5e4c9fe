"""Errors of indicators and of their exports, each a kind of `services.core.errors`.

Errors of DHIS2 differ by remedy: another token or mapping (`Conflict`), or waiting.
"""

from __future__ import annotations

from typing import ClassVar

from services.core.errors import Conflict, Invalid, Unavailable


class BadPeriod(Invalid):
    """The days make no period, or none that the other system knows."""

    code = "bad_period"


class BadCut(Invalid):
    """The cut does not exist, or a public table may not have it."""

    code = "bad_cut"


class BadMapping(Invalid):
    """The mapping file has faults; `fields` names each."""

    code = "bad_mapping"


class Dhis2Refused(Conflict):
    """DHIS2 refused some or all values; the sentence names them."""

    code = "dhis2_refused"


class Dhis2Unreachable(Unavailable):
    """DHIS2 did not answer, or failed; the same may be sent again."""

    code = "dhis2_unreachable"


class Dhis2NotSet(Unavailable):
    """The address or the token of DHIS2 is not set."""

    code = "dhis2_not_set"
    retryable: ClassVar[bool] = False
