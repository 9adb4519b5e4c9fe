"""One catalogue of sentences, by code and language."""
