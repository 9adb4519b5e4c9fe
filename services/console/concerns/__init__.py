"""Concerns of people in programmes, and messages that a person must read."""

from services.console.concerns import answers, lists

BLUEPRINT = lists.blueprint
"""With the routes of every module of the room."""

__all__ = ["BLUEPRINT", "answers"]
