"""USSD: sessions, screens and PINs, for every service; what can be said is each service's own."""
