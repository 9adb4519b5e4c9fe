"""Field devices: their register, their counters and their signed calls."""
