"""Journal rows, the recorder's store, and receipts of the ledger."""
