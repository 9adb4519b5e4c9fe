"""The format of a programme's file: its data classes, and how the file is read."""
