"""The page for people with an RFID stick reader: it scans, shows each animal, records a session.

Its files are in `files/`. It works without network after the first visit, and calls the server as a
field device of its own: docs/readers.md.
"""
