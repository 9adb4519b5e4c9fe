"""The hub: rules, storage, workers and API; the only package that knows the edges."""
