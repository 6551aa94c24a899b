"""The bot as a process: from start to shutdown, its health, its metrics."""
