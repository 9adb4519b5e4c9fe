"""Tracing: who is in contact with whom, over a window of days, and where an animal has been."""
