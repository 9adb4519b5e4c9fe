"""Errors of disease control, each a kind of `services.core.errors`."""

from services.core.errors import Conflict, Forbidden, Invalid


class WrongStep(Conflict):
    """A state that does not follow the state of an outbreak."""

    code = "wrong_step"
    detail = "Outbreak {number} is {state}: it cannot become {wanted}"


class OrderNumberTaken(Conflict):
    """A number that another order has."""

    code = "order_number_taken"
    detail = "There is an order {number} already: give this one another number"


class OrderEnded(Conflict):
    """Order that has ended."""

    code = "order_ended"
    detail = "Order {number} has ended or was lifted: declare a new one"


class NeedsAPerson(Forbidden):
    """Decision of two officers, with a token that belongs to no person."""

    code = "needs_a_person"
    detail = "Two officers decide on this: use a token of a person"


class SameOfficer(Forbidden):
    """Decision by the officer who drafted the notice or asked for the permit."""

    code = "same_officer"
    detail = "Whoever asks cannot be who agrees: let another officer do it"


class PermitDecided(Conflict):
    """A permit that cannot come to that state any more."""

    code = "permit_decided"
    detail = "Permit {number} is {state} already: ask for a new one"


class NoPost(Conflict):
    """Inspector whose roadblock is not known."""

    code = "no_post"
    detail = "Tell first at which roadblock you stand"


class NothingChecked(Conflict):
    """Outcome without a number and without a check before it."""

    code = "nothing_checked"
    detail = "Nothing was checked before: give the number with the outcome"


class NotARoadblock(Invalid):
    """Premises of another kind where a roadblock is meant."""

    code = "not_a_roadblock"
    detail = "{number} is not the number of a roadblock"
