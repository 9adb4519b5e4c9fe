"""What RFID readers give: tags' own bits, lines of text, session files; pure."""
