"""Rules, storage, workers and API; the only package that imports the edges."""
