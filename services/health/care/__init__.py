"""Concerns, and the clinicians who answer them."""
