"""Simulated phones for development mode: a page in the browser, and a phone in the terminal.

They send exactly the requests of Kannel and of a USSD operator, to the same addresses. The texts
that they show come from the dispatcher, through the console carrier.
"""
