"""Routes that carriers and operators call."""
