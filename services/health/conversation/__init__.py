"""Messages from people to a programme, and its replies."""
