"""Rules of traceability: pure functions, used alike by every channel."""
