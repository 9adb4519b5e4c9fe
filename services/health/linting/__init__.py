"""The publish gate: what is wrong with a programme, before it is approved."""
