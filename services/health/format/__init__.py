"""What a programme is, and how its file is read."""
