"""Every page of programmes."""

from services.console.blueprint import ConsoleBlueprint
from services.console.programmes import (
    adding_pages,
    draft_pages,
    part_pages,
    programme_pages,
    recall_pages,
    text_pages,
    version_pages,
)

PROGRAMMES: tuple[ConsoleBlueprint, ...] = (
    programme_pages.blueprint,
    version_pages.blueprint,
    draft_pages.blueprint,
    text_pages.blueprint,
    adding_pages.blueprint,
    part_pages.blueprint,
    recall_pages.blueprint,
)
