"""Disease control: orders, permits, warnings, and decisions on movements."""
