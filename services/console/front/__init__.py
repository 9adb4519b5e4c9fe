"""Pages that anybody may open: the first page, and the reference of the API."""
