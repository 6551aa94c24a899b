"""What all tests share: where the real photos and the weights are."""

from __future__ import annotations

import os
import re
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
import structlog
from hypothesis import HealthCheck, settings

from tests.stands.postgres import Cluster, binaries

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator

    from tests.stands.bot import Stand

pytest_plugins = ("tests.within",)

ROOT = Path(__file__).resolve().parents[1]
UNIT = ROOT / "tests" / "unit"

# What a test that needs an extra gives as the reason why it is skipped.
NEEDED = re.compile(r"needs vitrina\[(\w+)\]")

# Test machines are shared: how long an example takes says nothing. In CI the examples are the same
# each time; new ones are found where a developer reads what failed.
settings.register_profile(
    "vitrina",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("vitrina")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Measure what the unit tests cover: the others would take twice as long, and add little."""
    for item in items:
        if UNIT not in item.path.parents:
            item.add_marker("no_cover")


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Trace nothing that is marked ``no_cover``: in one of several processes pytest-cov does."""
    if item.get_closest_marker("no_cover") is None or sys.gettrace() is None:
        return (yield)
    of_this_thread, of_others = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(of_this_thread)
        threading.settrace(of_others)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in a line what was left out for want of an extra."""
    reasons = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    missing = Counter(name for reason in reasons for name in NEEDED.findall(reason))
    if missing:
        left_out = ", ".join(f"{count} [{name}]" for name, count in sorted(missing.items()))
        terminalreporter.write_line(
            f"Left out for want of an extra, tests or files of them: {left_out}."
            f" pip install -e '.[{','.join(sorted(missing))}]'"
        )


def pytest_configure() -> None:
    """Log errors as the bot does, by their plain traceback: the default draws every local value."""
    processors = structlog.get_config()["processors"][:-1]
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*processors, plain])


@pytest.fixture(scope="session")
def photos() -> Path:
    """The photos to measure on, outside the repository; tests that need them skip without."""
    folder = Path(os.environ.get("VITRINA_DATA", ROOT.parent / "shared" / "data")) / "photos"
    if not folder.is_dir():
        pytest.skip(f"no photos at {folder}; set VITRINA_DATA")
    return folder


@pytest.fixture(scope="session")
def samples() -> Path:
    """The sample photos in the repository."""
    return ROOT / "samples"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A real PostgreSQL of this test run's own."""
    if binaries() is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    cluster = Cluster(syncs=False)
    cluster.start()
    yield cluster
    cluster.remove()


@pytest_asyncio.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    """The bot in this process, on an empty data folder."""
    from tests.stands.bot import open_stand

    async with open_stand(tmp_path) as stand:
        yield stand
