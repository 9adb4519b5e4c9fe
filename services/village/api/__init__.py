"""Field devices in the API, for administrators."""
