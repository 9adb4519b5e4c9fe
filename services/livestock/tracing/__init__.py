"""Tracing: contacts of premises in a window of days, and the places of an animal."""
