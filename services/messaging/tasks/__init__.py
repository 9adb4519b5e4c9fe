"""Tasks of officers and clinicians: opened, told, passed on, and ended."""
