"""Courses of texts: planned a day ahead, and replanned when a person's dates change."""
