"""What people write to a programme, and what it answers."""
