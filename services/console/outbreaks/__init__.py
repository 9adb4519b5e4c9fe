"""Outbreaks, orders, notices and traces for veterinary officers."""

from services.console.outbreaks import (
    laboratory,
    notice_pages,
    order_pages,
    pages,
    trace_pages,
)

BLUEPRINTS = (
    pages.blueprint,
    laboratory.blueprint,
    trace_pages.blueprint,
    order_pages.blueprint,
    notice_pages.blueprint,
)
