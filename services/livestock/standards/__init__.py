"""Exchange with other systems: EPCIS 2.0 of GS1 and the Animal Data Exchange of ICAR."""
