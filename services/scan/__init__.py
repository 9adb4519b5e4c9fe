"""The page for who holds an RFID stick reader: it scans, shows what that means, and records it.

It lies in `files/`, works without network after the first visit, and talks to the server as a
field device of its own: see docs/readers.md.
"""
