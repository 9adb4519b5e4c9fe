"""Indicators of a programme, counted from its messages, subscriptions, questions and people."""
