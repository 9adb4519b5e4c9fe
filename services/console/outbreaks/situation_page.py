"""The situation of an outbreak, under a policy that allows the one style that stands in it."""

from datetime import date

from flask import Response

from services.api.context import context
from services.api.documents import Page
from services.core.look import style_policy
from services.livestock.control.outbreaks import find_outbreak
from services.livestock.control.situation import render_page, situation


def situation_page(number: str, on: date) -> Response:
    """Answer with the situation of a day, as the API has it.

    Raises:
        NotFound: there is no such outbreak, or nobody knew of it then.
    """
    here = context()
    with here.database.read() as session:
        view = situation(session, find_outbreak(session, number), on)
        body = render_page(view, here.clock(), here.settings.office_phones)
    return Page(body, style_policy(body))
