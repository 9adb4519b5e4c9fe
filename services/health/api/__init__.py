"""Health programmes in the API."""
