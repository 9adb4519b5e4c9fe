"""Reads of what is recorded: histories, premises, and lists of either."""
