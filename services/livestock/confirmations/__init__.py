"""Pending confirmations: a harmful command takes effect once, when the right phone answers."""
