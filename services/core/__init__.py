"""Clock, errors, settings and geography: what every room needs."""
