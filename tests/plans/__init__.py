"""How PostgreSQL goes about each statement of a request and of the clock, at the size of a country.

`asking` asks the program on a small country, `noting` keeps its statements, `filling` makes every
table that grows large, `explaining` tells which plans read a whole table.
"""
