"""Errors of disease control, each a kind of `services.errors`."""

from __future__ import annotations

from services.errors import Conflict, Forbidden


class WrongStep(Conflict):
    """A state that does not follow the state of an outbreak."""

    code = "wrong_step"

    def __init__(self, number: str, state: str, wanted: str) -> None:
        super().__init__(f"Outbreak {number} is {state}: it cannot become {wanted}")


class OrderNumberTaken(Conflict):
    """A number that another order has."""

    code = "order_number_taken"

    def __init__(self, number: str) -> None:
        super().__init__(f"There is an order {number} already: give this one another number")


class OrderEnded(Conflict):
    """An order that binds nobody any more."""

    code = "order_ended"

    def __init__(self, number: str) -> None:
        super().__init__(f"Order {number} has ended or was lifted: declare a new one")


class NeedsAPerson(Forbidden):
    """A decision of two officers, with a token that stands for nobody."""

    code = "needs_a_person"

    def __init__(self) -> None:
        super().__init__("Two officers decide on this: use a token of a person")


class SameOfficer(Forbidden):
    """The officer who drafted a notice would approve it."""

    code = "same_officer"

    def __init__(self) -> None:
        super().__init__("Whoever drafted a notice cannot approve it: a second officer must")
