"""The server's side of village boxes: the sync protocol, and its call: docs/village.md."""
