"""Danger to people: the lexicon, and the reader of their words."""
