"""Checks of an installation: is everything in place, and if not, what to do."""
