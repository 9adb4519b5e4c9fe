"""People of health programmes: the list, one person, changes of their course, and imports."""
