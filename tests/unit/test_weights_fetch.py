"""Fetching weights over HTTP, from a server in this process that misbehaves in known ways."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from pipeline.errors import WeightsError
from pipeline.weights import Manifest, State, Store, UrlSource, Weight
from pipeline.weights.fetch import fetch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIZE = 300_000
CONTENT = hashlib.shake_128(b"weights").digest(SIZE)
CUT = 120_000


@dataclass
class Mirror:
    """What the server does, and what it was asked and served."""

    content: bytes = CONTENT
    cuts: list[int] = field(default_factory=list)
    """One per request: close the connection after so many bytes; later requests are whole."""
    statuses: list[int] = field(default_factory=list)
    """One per request, in place of an answer; 0 answers as usual."""
    ranges: bool = True
    announce: bool = True
    shift: int = 0
    hold: threading.Event | None = None
    """Where set, waited for when a connection would be cut."""
    url: str = ""
    asked: list[str] = field(default_factory=list)
    served: int = 0

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append(request.headers.get("Range", ""))
        status = self.statuses.pop(0) if self.statuses else 0
        cut = self.cuts.pop(0) if self.cuts else len(self.content)
        if request.path == "/moved":
            request.send_response(302)
            request.send_header("Location", "/file")
            request.end_headers()
            return
        if status:
            request.send_error(status)
            return
        start = int(self.asked[-1].removeprefix("bytes=").removesuffix("-") or 0)
        start = start + self.shift if start and self.ranges else 0
        request.send_response(206 if start else 200)
        if start:
            last = len(self.content) - 1
            request.send_header("Content-Range", f"bytes {start}-{last}/{len(self.content)}")
        if self.announce:
            request.send_header("Content-Length", str(len(self.content) - start))
        request.end_headers()
        body = self.content[start : start + cut]
        request.wfile.write(body)
        request.wfile.flush()
        self.served += len(body)
        if self.hold is not None and cut < len(self.content):
            self.hold.wait(30)


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    state = Mirror()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = False  # so that closing the server waits for its requests
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        state.url = f"http://127.0.0.1:{server.server_port}"
        yield state
        server.shutdown()
        thread.join()


@pytest.fixture
def store(mirror: Mirror, tmp_path: Path) -> Store:
    return store_of(tmp_path / "weights", f"{mirror.url}/file")


def store_of(folder: Path, *urls: str) -> Store:
    weight = Weight(
        name="tiny",
        file="tiny.onnx",
        bytes=SIZE,
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        licence="CC0",
        purpose="test",
        sources=tuple(UrlSource(url=url) for url in urls),
    )
    return Store(folder, Manifest(folder, {"tiny": weight}, {}))


def visible(store: Store) -> set[str]:
    return {path.name for path in store.folder.glob("[!.]*")}


def test_a_missing_file_is_fetched_verified_and_named(store: Store, mirror: Mirror) -> None:
    assert store.state("tiny") is State.MISSING
    seen: list[tuple[int, int]] = []
    path = fetch(store, "tiny", lambda done, total: seen.append((done, total)))
    assert path == store.path("tiny")
    assert path.read_bytes() == CONTENT
    assert visible(store) == {"tiny.onnx"}
    assert seen == sorted(seen)
    assert seen[-1] == (SIZE, SIZE)
    assert mirror.asked == [""]


def test_a_present_file_is_not_asked_for_again(store: Store, mirror: Mirror) -> None:
    store.folder.mkdir()
    (store.folder / "tiny.onnx").write_bytes(CONTENT)
    fetch(store, "tiny")
    assert mirror.asked == []
    assert [path.name for path in store.folder.iterdir()] == ["tiny.onnx"]  # not even a lock


def test_a_cut_connection_is_taken_up_where_it_broke(store: Store, mirror: Mirror) -> None:
    mirror.cuts = [CUT, 50_000]
    assert fetch(store, "tiny").read_bytes() == CONTENT
    assert mirror.asked == ["", f"bytes={CUT}-", f"bytes={CUT + 50_000}-"]
    assert mirror.served == SIZE


def test_an_answer_without_length_that_ends_early_is_taken_up(store: Store, mirror: Mirror) -> None:
    mirror.announce = False
    mirror.cuts = [CUT]
    assert fetch(store, "tiny").read_bytes() == CONTENT
    assert mirror.served == SIZE


def test_what_came_before_a_failure_is_kept_for_the_next_call(store: Store, mirror: Mirror) -> None:
    mirror.cuts = [CUT]
    mirror.statuses = [0, 503]
    with pytest.raises(WeightsError, match=r"answers 503 Service Unavailable"):
        fetch(store, "tiny")
    assert store.state("tiny") is State.PARTIAL
    assert store.part("tiny").read_bytes() == CONTENT[:CUT]

    assert fetch(store, "tiny").read_bytes() == CONTENT
    assert mirror.served == SIZE
    assert visible(store) == {"tiny.onnx"}


def test_a_killed_process_leaves_a_part_that_the_next_one_resumes(
    store: Store, mirror: Mirror
) -> None:
    mirror.cuts = [CUT]
    mirror.hold = threading.Event()
    program = (
        "import sys; from pathlib import Path; from tests.unit.test_weights_fetch import *;"
        "fetch(store_of(Path(sys.argv[1]), sys.argv[2]), 'tiny',"
        " lambda done, _: print(done, flush=True))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, store.folder, f"{mirror.url}/file"],
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": ":".join(sys.path)},
        text=True,
    ) as process:
        assert process.stdout is not None
        assert any(int(line) == CUT for line in process.stdout)
        process.kill()
    mirror.hold.set()

    assert store.state("tiny") is State.PARTIAL
    kept = store.part("tiny").stat().st_size
    assert 0 < kept <= CUT
    assert fetch(store, "tiny").read_bytes() == CONTENT
    assert mirror.asked == ["", f"bytes={kept}-"]
    assert mirror.served == CUT + SIZE - kept


def test_a_server_that_ignores_the_range_sends_everything(store: Store, mirror: Mirror) -> None:
    mirror.cuts = [CUT]
    mirror.ranges = False
    assert fetch(store, "tiny").read_bytes() == CONTENT
    assert mirror.asked == ["", f"bytes={CUT}-"]
    assert mirror.served == CUT + SIZE


def test_a_server_that_answers_another_range_is_refused(store: Store, mirror: Mirror) -> None:
    mirror.cuts = [CUT]
    mirror.shift = 1
    with pytest.raises(WeightsError, match=f"another range: 'bytes {CUT + 1}-"):
        fetch(store, "tiny")
    assert store.part("tiny").read_bytes() == CONTENT[:CUT]


def test_a_server_that_gives_nothing_more_is_given_up(store: Store, mirror: Mirror) -> None:
    mirror.cuts = [CUT, 0]
    with pytest.raises(WeightsError, match=r"120,000 of 300,000 bytes are there"):
        fetch(store, "tiny")
    assert len(mirror.asked) == 2


def test_wrong_bytes_never_get_the_name(store: Store, mirror: Mirror) -> None:
    mirror.content = CONTENT[:-1] + b"?"
    with pytest.raises(WeightsError, match=r"has the SHA-256 \w{64}, not \w{64}; it was deleted"):
        fetch(store, "tiny")
    assert visible(store) == set()


@pytest.mark.parametrize("announce", [True, False])
def test_a_longer_file_is_refused_before_it_fills_the_disk(
    store: Store, mirror: Mirror, *, announce: bool
) -> None:
    mirror.content = CONTENT * 3
    mirror.announce = announce
    with pytest.raises(WeightsError, match="has a file of 900000" if announce else "more than"):
        fetch(store, "tiny")
    part = store.part("tiny")
    assert not part.exists() or part.stat().st_size <= SIZE


@pytest.mark.parametrize("junk", [b"\0" * CUT, b"\0" * SIZE, b"\0" * (SIZE + 1)])
def test_a_part_of_wrong_bytes_is_thrown_away_and_begun_again(
    store: Store, mirror: Mirror, junk: bytes
) -> None:
    store.folder.mkdir()
    store.part("tiny").write_bytes(junk)
    assert fetch(store, "tiny").read_bytes() == CONTENT
    assert mirror.asked[-1] == ""


def test_a_complete_part_needs_no_server(store: Store, mirror: Mirror) -> None:
    store.folder.mkdir()
    store.part("tiny").write_bytes(CONTENT)
    assert fetch(store, "tiny").read_bytes() == CONTENT
    assert mirror.asked == []


def test_sources_are_tried_in_order_and_the_next_one_goes_on(
    mirror: Mirror, tmp_path: Path
) -> None:
    mirror.cuts = [0, CUT]
    mirror.statuses = [404, 0, 500]
    store = store_of(tmp_path, *(f"{mirror.url}/{name}" for name in ("first", "second", "third")))
    assert fetch(store, "tiny").read_bytes() == CONTENT
    assert mirror.asked == ["", "", f"bytes={CUT}-", f"bytes={CUT}-"]


def test_a_redirect_is_followed(mirror: Mirror, tmp_path: Path) -> None:
    assert fetch(store_of(tmp_path, f"{mirror.url}/moved"), "tiny").read_bytes() == CONTENT


def test_a_bad_file_is_replaced_only_by_a_verified_one(store: Store, mirror: Mirror) -> None:
    store.folder.mkdir()
    place = store.place("tiny")
    place.write_bytes(b"old")
    assert store.state("tiny") is State.BAD
    mirror.statuses = [404]
    with pytest.raises(WeightsError, match="404"):
        fetch(store, "tiny")
    assert place.read_bytes() == b"old"
    assert fetch(store, "tiny").read_bytes() == CONTENT


def test_who_comes_second_waits_and_finds_the_file(store: Store, mirror: Mirror) -> None:
    everybody = threading.Barrier(4)

    def one() -> Path:
        mine = Store(store.folder, store.manifest)  # nothing shared but the disk
        everybody.wait()
        return fetch(mine, "tiny")

    with ThreadPoolExecutor(4) as pool:
        paths = [future.result() for future in [pool.submit(one) for _ in range(4)]]
    assert {path.read_bytes() for path in paths} == {CONTENT}
    assert mirror.asked == [""]


def test_without_a_network_the_error_says_what_to_do(tmp_path: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as closed:
        url = f"http://127.0.0.1:{closed.server_port}/file"
    store = store_of(tmp_path, url)
    with pytest.raises(WeightsError) as caught:
        fetch(store, "tiny")
    text = str(caught.value)
    assert f"{url}: [Errno 111] Connection refused (0 of 300,000 bytes are there)" in text
    assert "300,000 bytes" in text
    assert hashlib.sha256(CONTENT).hexdigest() in text
    assert f"save it as {tmp_path / 'tiny.onnx'}" in text


def test_a_folder_that_cannot_be_made_is_told(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WeightsError, match="cannot save"):
        fetch(store_of(tmp_path / "file" / "weights", f"{mirror.url}/file"), "tiny")
