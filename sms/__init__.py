"""Text messages: numbers, encoding, routing, carriers, and sending each message once."""
