"""What must hold whatever dies: the real processes, and figures. `make chaos` runs it all."""
