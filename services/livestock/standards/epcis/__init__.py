"""EPCIS 2.0 and its Core Business Vocabulary: pure mappings, captures and queries."""
