"""Receipts, accesses, audits and the verifier on the web."""
