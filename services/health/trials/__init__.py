"""Trials: chance decides which arm of a programme people get; allocation, outputs and closing."""
