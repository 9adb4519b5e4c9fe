"""Recall of texts that are wrong: asked, approved, put in force, and corrected."""
