"""Errors of disease control, each a kind of `services.core.errors`."""

from services.core.errors import Conflict, Forbidden, Invalid


class WrongStep(Conflict):
    """A state that does not follow the state of an outbreak."""

    detail = "Outbreak {number} is {state}: it cannot become {wanted}"


class NothingToReport(Conflict):
    """Report to WOAH on an outbreak that is not confirmed."""

    detail = "Outbreak {number} is not confirmed: there is nothing to report yet"


class ReasonNotGiven(Conflict):
    """First report to WOAH without the reason for notification."""

    detail = "Nobody has said why outbreak {number} is notified: describe it first"


class OrderNumberTaken(Conflict):
    """A number that another order has."""

    detail = "There is an order {number} already: give this one another number"


class OrderEnded(Conflict):
    """Order that has ended."""

    detail = "Order {number} has ended or was lifted: declare a new one"


class NeedsAPerson(Forbidden):
    """Decision of two officers, with a token that belongs to no person."""

    detail = "Two officers decide on this: use a token of a person"


class SameOfficer(Forbidden):
    """Decision by the officer who drafted the notice or asked for the permit."""

    detail = "Whoever asks cannot be who agrees: let another officer do it"


class NotYourProvince(Forbidden):
    """Decision on a permit by an officer who is on duty elsewhere."""

    detail = "Permit {number} begins in {province}: an officer of that province decides on it"


class PermitDecided(Conflict):
    """A permit that cannot come to that state any more."""

    detail = "Permit {number} is {state} already: ask for a new one"


class NoPost(Conflict):
    """Inspector whose roadblock is not known."""

    detail = "Tell first at which roadblock you stand"


class NothingChecked(Conflict):
    """Outcome without a number and without a check before it."""

    detail = "Nothing was checked before: give the number with the outcome"


class NotARoadblock(Invalid):
    """Premises of another kind where a roadblock is meant."""

    detail = "{number} is not the number of a roadblock"


class CensusOverlaps(Conflict):
    """A census of an area that another one counts on the same days."""

    detail = "Census {number} asks keepers there on these days: close it first, or wait"


class CensusEnded(Conflict):
    """Census that is closed, or whose days are over."""

    detail = "Census {number} is closed or over: draft a new one"
