"""Events that devices and other systems report, read and allowed."""
