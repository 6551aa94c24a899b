"""Broken and hostile input by the thousand: `python -m tests.fuzz formats --count 20000`."""
