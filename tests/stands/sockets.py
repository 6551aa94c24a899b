"""Ports, and whom a process and its children talk to: by `/proc`, and by a proxy."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from pathlib import Path

TABLES = ("tcp", "tcp6", "udp", "udp6")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Proxy:
    """A proxy for HTTP and HTTPS that writes down what it is asked for, and hangs up."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._ask, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append((await reader.readline()).decode(errors="replace").strip())
        writer.close()


def family(pid: int) -> list[int]:
    """The process and all that it has started."""
    found = [pid]
    for one in found:
        try:
            children = Path(f"/proc/{one}/task/{one}/children").read_text().split()
        except OSError:  # it has ended
            continue
        found += [int(child) for child in children]
    return found


def peers(pid: int) -> set[str]:
    """The addresses off this machine that open sockets of the family are connected to."""
    found: set[str] = set()
    for one in family(pid):
        try:
            links = [str(fd.readlink()) for fd in Path(f"/proc/{one}/fd").iterdir()]
            inodes = {link[8:-1] for link in links if link.startswith("socket:[")}
            rows = [
                row.split()
                for table in TABLES
                for row in Path(f"/proc/{one}/net/{table}").read_text().splitlines()[1:]
            ]
        except OSError:  # it ended, or closed one, meanwhile
            continue
        for row in rows:
            address = _address(row[2].rpartition(":")[0])
            if row[9] in inodes and not (address.is_loopback or address.is_unspecified):
                found.add(str(address))
    return found


def _address(told: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Read an address as the kernel writes it: 32-bit words in the machine's order."""
    data = bytes.fromhex(told)
    swapped = b"".join(data[i : i + 4][::-1] for i in range(0, len(data), 4))
    address = ipaddress.ip_address(swapped)
    mapped = getattr(address, "ipv4_mapped", None)
    return address if mapped is None else mapped
