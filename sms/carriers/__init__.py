"""Carriers: one file for each outside world that takes text messages."""
