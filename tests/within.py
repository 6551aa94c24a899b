"""`pytest --within SECONDS`: the fastest tests first, and none begins after that time.

How long each test took is kept in pytest's cache, so that the choice follows the tests by itself.
One that has never run comes first: it is what is being written.
"""

from __future__ import annotations

import time
from typing import Any

import pytest

KEY = "vitrina/seconds"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--within",
        type=float,
        metavar="SECONDS",
        help="run the fastest tests first, and skip those that would begin after SECONDS",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Within(config, config.getoption("--within")))


class Within:
    """Learns how long each test takes; with a number of seconds, orders and skips by it."""

    def __init__(self, config: pytest.Config, seconds: float | None) -> None:
        """``config.cache`` is missing under ``-p no:cacheprovider``: then nothing is learnt.

        Nor is it in one of several processes: the one that directs them hears of all tests.
        """
        directed = hasattr(config, "workerinput")
        self._cache = None if directed else getattr(config, "cache", None)
        self._seconds = seconds
        self._known: dict[str, float] = self._cache.get(KEY, {}) if self._cache else {}
        self._took: dict[str, float] = {}
        self._began = time.monotonic()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Sort. The order of those that take equally long stays the random one."""
        if self._seconds is not None:
            items.sort(key=lambda item: round(self._known.get(item.nodeid, 0), 1))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> None:
        """Start the clock: what it takes to collect the tests is no test's."""
        self._began = time.monotonic()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        """Skip what would begin too late."""
        if self._seconds is not None and time.monotonic() - self._began > self._seconds:
            pytest.skip(f"--within {self._seconds:g} seconds: left to `make test`")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add up set-up, call and tear-down."""
        if not report.skipped:
            self._took[report.nodeid] = self._took.get(report.nodeid, 0) + report.duration

    def pytest_sessionfinish(self) -> None:
        """Keep what was learnt; a test that is gone is forgotten when the cache is cleared."""
        if self._cache and self._took:
            rounded: dict[str, Any] = {test: round(took, 2) for test, took in self._took.items()}
            self._cache.set(KEY, self._known | rounded)
