"""The passport of an animal: its life on one sheet of paper, for whoever holds tag and code."""
