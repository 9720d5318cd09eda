"""What commands read: files that people name, and pipes that may be slow."""

import io
import os
import select
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from config.errors import AmendsError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

PATIENCE_SECONDS = 0.05
BUFFER_BYTES = 65_536


class UseError(AmendsError):
    """A command was given what it cannot use at all, so that nothing was done."""


def open_input(path: Path) -> BinaryIO:
    """Open `path` to read its bytes. Raises UseError."""
    try:
        return path.open("rb")
    except OSError as error:
        raise UseError(f"{path} cannot be read: {error.strerror or error}.") from None


def patient(stream: BinaryIO, before_waiting: Callable[[], None]) -> io.BufferedReader:
    """`stream`, unread so far, calling `before_waiting` when no more comes for a moment.

    `stream` must have a file descriptor and stay open as long as this is read.
    """
    return io.BufferedReader(_Patient(stream.fileno(), before_waiting), BUFFER_BYTES)


class _Patient(io.RawIOBase):
    def __init__(self, descriptor: int, before_waiting: Callable[[], None]) -> None:
        self._descriptor = descriptor
        self._before_waiting = before_waiting

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        # The reader asks when it has handed out every whole line that came before.
        if not select.select([self._descriptor], [], [], PATIENCE_SECONDS)[0]:
            self._before_waiting()
        return os.readv(self._descriptor, [buffer])
