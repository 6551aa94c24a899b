"""Failing inputs of version 0.2.0, each with the answer that is right: `make cases`."""
