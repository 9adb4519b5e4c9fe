"""The words that are the same on all screens, out of the catalogue."""

from __future__ import annotations

from dataclasses import fields

from gateway.menus import Signs
from services.texts.catalogue import SENTENCES

SIGNS = Signs(**{each.name: SENTENCES[f"ussd.{each.name}"] for each in fields(Signs)})
