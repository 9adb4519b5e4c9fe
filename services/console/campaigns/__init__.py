"""Campaigns: made in steps, approved by a second person, watched."""

from services.console.campaigns import checking, running, writing

BLUEPRINT = writing.blueprint
"""With the routes of every module of the room."""

__all__ = ["BLUEPRINT", "checking", "running"]
