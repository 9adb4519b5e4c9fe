"""Pages of health programmes."""
