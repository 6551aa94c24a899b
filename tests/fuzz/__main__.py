"""`python -m tests.fuzz formats|updates --count 20000 --first 0`: at length, by hand."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time

from tests.fuzz import formats, updates


def main() -> int:
    """Run what the command line names; 1 where something must not have happened."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("what", choices=["formats", "updates"])
    parser.add_argument("--files", "--count", type=int, default=20_000)
    parser.add_argument("--first", type=int, default=0, help="the first file's seed, or the run's")
    given = parser.parse_args()
    if given.what == "updates":
        fed = asyncio.run(updates.run(given.files, given.first))
        sys.stdout.write(f"{fed}\n")
        return 1 if fed.wrong else 0
    began = time.monotonic()
    found = formats.run(range(given.first, given.first + given.files))
    lines = [
        (
            f"{given.files} files in {time.monotonic() - began:.0f} s,"
            f" the longest {found.longest:.1f} s; {found.crashes} ended their decoder"
        ),
        *(f"{count:7} {name}" for name, count in found.outcomes.most_common()),
        *found.outside,
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if found.holds else 1


if __name__ == "__main__":
    sys.exit(main())
