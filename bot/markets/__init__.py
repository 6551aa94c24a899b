"""What a market asks for: chosen by a seller, held against pictures and texts."""
