"""Campaigns: one text or invitation to many people, within an approved window."""
