"""Versions of programmes, their approvals and what ships."""
