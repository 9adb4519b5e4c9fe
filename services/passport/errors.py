"""Errors of passports, each a kind of `services.core.errors`."""

from services.core.errors import Forbidden, NotFound


class NoPassport(NotFound):
    """An unknown number, or a code that is not on the animal's passport."""

    detail = "Number and code open no passport: type both as they stand on the paper"


class NotYourAnimal(Forbidden):
    """A passport is for the animal's owner, for where it is, and for officers."""

    detail = "The animal is not yours and not at your premises: ask its keeper"
