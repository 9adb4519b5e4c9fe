"""The scene of these tests is that of the web's."""

from __future__ import annotations

from tests.services.web.conftest import clock, open_world, scene, settings, staged, world

__all__ = ["clock", "open_world", "scene", "settings", "staged", "world"]
