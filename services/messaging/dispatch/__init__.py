"""The durable side of dispatching: leases, attempts, outcomes, channels, doubts."""
