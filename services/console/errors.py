"""Errors of the console, each a kind of `services.core.errors`."""

from services.core.errors import Conflict, NotFound, Unauthorized, Unavailable


class SignInNeeded(Unauthorized):
    """Missing session, or one that is over."""

    detail = "Sign in first"


class InvitationOver(NotFound):
    """An invitation that is none, was used, or whose time is over."""

    detail = (
        "This code is not right, was used, or its time is over: ask an administrator for a new one"
    )


class NoOffice(Conflict):
    """An invitation of a keeper, who has no work at the console."""

    detail = "This person is a keeper: give them an office first, by `bilum party add --role ROLE`"


class ProviderDown(Unavailable):
    """A ministry's sign-in that does not answer, or not as it must."""

    detail = "The ministry's sign-in does not answer now: try again later, or use your password"
