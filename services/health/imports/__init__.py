"""Import of people from a list: CSV, row by row, each refused row with its reason."""
