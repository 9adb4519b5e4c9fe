"""EPCIS 2.0 and its Core Business Vocabulary: pure mappings, and what captures and queries."""
