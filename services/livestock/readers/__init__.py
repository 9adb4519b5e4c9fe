"""Sessions of RFID readers: taken in, shown, and confirmed as events."""
