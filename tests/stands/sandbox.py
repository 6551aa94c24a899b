"""Run a program as the unit's `MemoryDenyWriteExecute=` has it: no memory becomes executable.

``python -m tests.stands.sandbox PROGRAM ...``, on x86-64. What systemd's own filter refuses:
https://www.freedesktop.org/software/systemd/man/systemd.exec.html#MemoryDenyWriteExecute=
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys

NO_NEW_PRIVILEGES, SET_SECCOMP, FILTER = 38, 22, 2
LOAD, EQUALS, AND, RETURN = 0x20, 0x15, 0x54, 0x06
NUMBER, THIRD = 0, 32
"""Where a filter finds the call's number and its third argument."""
MMAP, MPROTECT = 9, 10
WRITE, EXECUTE = 2, 4
ALLOW, REFUSE = 0x7FFF0000, 0x00050001  # the latter with EPERM


class Program(ctypes.Structure):
    """A filter of so many instructions."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def instruction(code: int, value: int, true: int = 0, false: int = 0) -> bytes:
    return struct.pack("HBBI", code, true, false, value)


def deny_write_execute() -> None:
    """Refuse to map memory as writable and executable, and to make any executable later."""
    code = b"".join(
        (
            instruction(LOAD, NUMBER),
            instruction(EQUALS, MMAP, 0, 3),
            instruction(LOAD, THIRD),
            instruction(AND, WRITE | EXECUTE),
            instruction(EQUALS, WRITE | EXECUTE, 5, 4),
            instruction(EQUALS, MPROTECT, 0, 3),
            instruction(LOAD, THIRD),
            instruction(AND, EXECUTE),
            instruction(EQUALS, EXECUTE, 1, 0),
            instruction(RETURN, ALLOW),
            instruction(RETURN, REFUSE),
        )
    )
    buffer = ctypes.create_string_buffer(code, len(code))
    program = Program(len(code) // 8, ctypes.addressof(buffer))
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "no_new_privs")
    if library.prctl(SET_SECCOMP, FILTER, ctypes.byref(program), 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")


if __name__ == "__main__":
    deny_write_execute()
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - a test's own words
