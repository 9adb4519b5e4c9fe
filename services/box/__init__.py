"""The box of a village without signal: keeps what phones and readers send, answers what it can.

It has a database of its own and never opens the server's. docs/village.md describes the protocol,
`services.village.protocol` holds it.
"""
