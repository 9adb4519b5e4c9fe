"""ICAR Animal Data Exchange 1.3: pure mappings, and the collections that they fill."""
