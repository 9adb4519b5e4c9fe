"""Numbers to call, and the hospital that is open, by province: `help_numbers.toml`."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class HelpNumbers(NamedTuple):
    """Numbers and hospital of a province; None: there is none, or none is known.

    `confirmed`: by which letter of the ministry, and when; empty: it is a draft.
    """

    ambulance: str | None = None
    police: str | None = None
    hospital: str | None = None
    confirmed: str = ""


class HelpDirectory(NamedTuple):
    """The numbers of a country: those for all of it, and those of each province.

    `in_towns`: of the ambulance, for who may live where one answers.
    """

    helpline: str
    in_towns: str
    confirmed: str
    provinces: Mapping[str, HelpNumbers]

    @property
    def drafts(self) -> list[str]:
        """Provinces whose numbers nobody has confirmed; all of them while the country's are not."""
        if not self.confirmed:
            return sorted(self.provinces)
        return sorted(name for name, one in self.provinces.items() if not one.confirmed)


@cache
def directory() -> HelpDirectory:
    """Return the numbers of the country, read once."""
    told = tomllib.loads((files("services.texts") / "help_numbers.toml").read_text("utf-8"))
    return HelpDirectory(
        told["helpline"],
        told["ambulance_in_towns"],
        told["confirmed"],
        {name: HelpNumbers(**numbers) for name, numbers in told["province"].items()},
    )
