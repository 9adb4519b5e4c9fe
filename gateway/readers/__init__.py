"""Formats of RFID readers: bits of tags, lines of text, session files; pure."""
