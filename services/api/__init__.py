"""HTTP plumbing of every route: guards, strict JSON, problem documents, health, OpenAPI."""
