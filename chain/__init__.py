"""The ledger: recording on chain, and proving it; knows no other package of this project."""
