"""The administrator's pages: channels, messages, people, tokens, devices, checks, changes."""
