"""Health programmes: courses of SMS for people who asked for them, and campaigns."""
