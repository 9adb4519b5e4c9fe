"""Figures of health programmes in a browser: pages for ministries, and sending to DHIS2."""
