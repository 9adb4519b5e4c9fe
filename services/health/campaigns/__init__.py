"""Campaigns: one text, or one invitation, to many people within a window that was approved."""
