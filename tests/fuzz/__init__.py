"""Broken and hostile input by the thousand: `python -m tests.fuzz formats --files 20000`."""
