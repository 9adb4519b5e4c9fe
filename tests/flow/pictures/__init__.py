"""Pictures of everything that reaches a phone's screen: docs/phones.

`python -m tests.flow.pictures` draws them, from the menus, sentences and screens of the program.
"""
