"""What stands before the handlers: who may, how much, and when an update counts as done."""
