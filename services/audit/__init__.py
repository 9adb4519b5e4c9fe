"""Proofs and exports for auditors and ministries."""
