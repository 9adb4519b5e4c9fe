"""Whole commands of several people on one PostgreSQL database, in any order of their statements.

A scheduler lets each go on from statement to statement (`stage`), over one small farm (`farm`).
What comes of it (`outcome`) must be what comes of doing the commands one after the other.
"""
