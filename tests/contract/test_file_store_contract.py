"""What any file store promises: whole files by their content, listed by age, deleted for good."""

from __future__ import annotations

import hashlib
import time
import uuid
from typing import TYPE_CHECKING

import boto3
import pytest

from pipeline.errors import SettingsError, StorageError, StorageUnavailableError
from storage.files import Files
from storage.s3 import S3Files
from tests.stands.s3 import S3_ENVIRONMENT, S3Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from storage.files import FileStore


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with S3Server() as server:
        yield server


@pytest.fixture(params=["folder", "s3"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> FileStore:
    if request.param == "folder":
        return Files(tmp_path / "files")
    for name, value in S3_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    server: S3Server = request.getfixturevalue("server")
    bucket = f"b{uuid.uuid4().hex}"
    boto3.client("s3", endpoint_url=server.url).create_bucket(Bucket=bucket)
    return S3Files(f"s3://{bucket}/some/prefix", endpoint=server.url)


async def test_a_file_is_kept_by_its_content(store: FileStore) -> None:
    key = await store.put(b"picture")
    assert key == hashlib.sha256(b"picture").hexdigest()
    assert await store.put(b"picture") == key
    assert await store.get(key) == b"picture"
    assert [entry.key for entry in await store.entries()] == [key]


async def test_entries_tell_size_and_age(store: FileStore) -> None:
    before = time.time()
    first = await store.put(b"1")
    # S3 dates its objects to the second.
    time.sleep(1.1)  # noqa: ASYNC251 nothing else runs
    second = await store.put(b"22")
    entries = await store.entries()
    assert [(entry.key, entry.size) for entry in entries] == [(first, 1), (second, 2)]
    assert all(before - 1 <= entry.kept_at <= time.time() + 1 for entry in entries)
    time.sleep(1.1)  # noqa: ASYNC251 nothing else runs
    await store.put(b"1")
    assert [entry.key for entry in await store.entries()] == [second, first], "put again is new"


async def test_what_is_deleted_is_gone(store: FileStore) -> None:
    key = await store.put(b"picture")
    await store.delete([key, "0" * 64])
    assert await store.entries() == []
    with pytest.raises(StorageError) as caught:
        await store.get(key)
    assert not isinstance(caught.value, StorageUnavailableError), "it will not come back"


async def test_there_is_room(store: FileStore) -> None:
    assert await store.free() > 0


async def test_a_store_that_does_not_answer_may_later(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in S3_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    store = S3Files("s3://bucket", endpoint="http://127.0.0.1:9")
    with pytest.raises(StorageUnavailableError):
        await store.put(b"picture")


def test_only_an_s3_url_names_a_bucket() -> None:
    with pytest.raises(SettingsError, match="FILES_URL"):
        S3Files("http://bucket")
