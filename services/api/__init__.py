"""Plumbing of the API: problem documents, authentication, health, OpenAPI."""
