"""Phones to try everything with, in development mode: a page, and a phone in the terminal.

They do the very requests that Kannel and a USSD operator do, at the same addresses; what comes back
to them is what the dispatcher sent through the console carrier.
"""
