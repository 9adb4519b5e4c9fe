"""Drafts of programmes: differences that people write together, until one of them submits."""
