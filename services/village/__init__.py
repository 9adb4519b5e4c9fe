"""Boxes of villages: what they bring in a sync, and what they get: docs/village.md."""
