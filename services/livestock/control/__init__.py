"""Disease control: what binds movements (orders, permits), who is warned, and what is decided."""
