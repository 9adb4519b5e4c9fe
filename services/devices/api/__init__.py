"""Routes of field devices: enrolment and signed calls."""
