"""Events as they are checked, written, replayed and corrected."""
