"""Messages themselves: who wants which, and who wants to be forgotten."""
