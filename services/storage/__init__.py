"""State: one database, SQLite or PostgreSQL; the row is the truth."""
