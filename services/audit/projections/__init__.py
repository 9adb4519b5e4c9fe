"""The tables of state, against the journal that they were made from."""
