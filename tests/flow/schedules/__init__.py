"""Random schedules of faults against the ledger: a real node, real processes, one seed each."""
