"""Livestock in the API: one module a resource."""
