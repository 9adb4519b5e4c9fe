"""Field devices: their keys, their counters and the table of signed calls."""
