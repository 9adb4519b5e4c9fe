"""Pages of inspectors and veterinary officers: roadblocks, permits, animals, places, cover."""
