"""What runs before the handlers: access, limits, and when an update is confirmed."""
