"""Durable dispatch: leases, attempts, outcomes, channels, look-ups."""
