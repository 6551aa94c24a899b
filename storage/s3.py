"""The file store in an S3-compatible bucket, for machines that share no disk."""

from __future__ import annotations

import asyncio
import hashlib
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from pipeline.errors import SettingsError, StorageError, StorageUnavailableError
from storage.files import Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

T = TypeVar("T")
BATCH = 1000
"""Keys that one request may delete, by the protocol."""
BOUNDLESS = 1 << 62
GONE = {"404", "NoSuchKey", "NotFound"}


class S3Files:
    """A content-addressed store below ``s3://bucket/prefix``.

    Credentials and region come from the environment, as every S3 tool reads them. A put object
    is whole or not there: the protocol's promise.
    """

    def __init__(self, url: str, *, endpoint: str | None = None) -> None:
        """``endpoint`` names a server other than AWS. Raises SettingsError for another scheme."""
        parts = urlsplit(url)
        if parts.scheme != "s3" or not parts.netloc:
            raise SettingsError("FILES_URL must be s3://bucket or s3://bucket/prefix")
        self.is_full = False
        self._bucket = parts.netloc
        self._prefix = f"{parts.path.strip('/')}/".lstrip("/")
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=endpoint,
            config=Config(
                connect_timeout=5,
                read_timeout=30,
                retries={"max_attempts": 3, "mode": "standard"},
                max_pool_connections=32,
            ),
        )

    async def put(self, data: bytes) -> str:
        """Keep ``data``; an object that is there already counts as new."""
        key = hashlib.sha256(data).hexdigest()
        await self._call(
            lambda: self._client.put_object(Bucket=self._bucket, Key=self._prefix + key, Body=data)
        )
        return key

    async def get(self, key: str) -> bytes:
        """Return what was kept under ``key``. Raises StorageError where it is gone."""

        def get() -> bytes:
            answer = self._client.get_object(Bucket=self._bucket, Key=self._prefix + key)
            data: bytes = answer["Body"].read()
            return data

        return await self._call(get)

    async def entries(self) -> list[Entry]:
        """List the bucket, a thousand keys a request."""

        def walk() -> list[Entry]:
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix
            )
            found = [
                Entry(
                    item["Key"].removeprefix(self._prefix),
                    item["Size"],
                    item["LastModified"].timestamp(),
                )
                for page in pages
                for item in page.get("Contents", ())
            ]
            return sorted(found, key=lambda entry: entry.kept_at)

        return await self._call(walk)

    async def delete(self, keys: Collection[str]) -> None:
        """Delete objects."""
        names = [{"Key": self._prefix + key} for key in keys]
        for start in range(0, len(names), BATCH):
            batch = {"Objects": names[start : start + BATCH], "Quiet": True}
            await self._call(
                partial(self._client.delete_objects, Bucket=self._bucket, Delete=batch)
            )

    async def free(self) -> int:
        """Return a number without end, as a bucket has none."""
        return BOUNDLESS

    async def _call(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(work)
        except ClientError as error:
            kind = StorageError if error.response["Error"]["Code"] in GONE else None
            raise (kind or StorageUnavailableError)(f"the file store refuses: {error}") from error
        except BotoCoreError as error:
            raise StorageUnavailableError(f"the file store does not answer: {error}") from error
