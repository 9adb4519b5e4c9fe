"""The reference model of livestock, and the product held against it on random histories."""
