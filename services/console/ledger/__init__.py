"""The auditor's pages: which ledger, receipts, records in words, consistency, histories."""
