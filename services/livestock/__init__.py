"""Livestock traceability: which animal is where, and where it has been."""
