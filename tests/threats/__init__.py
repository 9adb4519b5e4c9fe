"""Attacks on the front door, each told in plain words by its test: see docs/threats.md."""
