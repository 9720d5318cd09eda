"""Archives of posts: JSON lines and CSV, read line by line, so that their size does not matter."""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Engine

from config.errors import AmendsError
from monitor.collectors.shape import PostError, parse_post, post_id
from monitor.ingest import Incoming, Stored, keep

SUFFIXES = (".jsonl", ".csv")
MAX_LINE = 1_000_000
BATCH = 500
KEPT_REFUSALS = 20
_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_NESTED = "author."


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that was refused: its number, counted from 1, why, and its post's id if it has one."""

    number: int
    reason: str
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an archive as a decoded value, not yet checked."""

    number: int
    raw: object


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did. `refused` has the first refusals, `refused_count` counts all."""

    new: int
    seen: int
    refused: tuple[BadLine, ...]
    refused_count: int


def import_file(
    path: Path,
    engine: Engine,
    brand: str,
    now: datetime,
) -> ImportResult:
    """Store the posts of an archive, a batch at a time; a second run adds nothing.

    A post that is known stays as it is, whatever the archive says of it: the desk may have read it
    later than the archive was written, and of an id that stands twice the first line counts.
    `brand` stands in for posts that name none. What was stored before an error stays. Raises
    AmendsError for a file that cannot be read.
    """
    counts: Counter[Stored] = Counter()
    refused: list[BadLine] = []
    refused_count = 0
    batch: list[Incoming] = []

    def flush() -> None:
        counts.update(keep(engine, batch, now, is_archive=True))
        batch.clear()

    for each in read_posts(path, brand, now):
        if isinstance(each, BadLine):
            refused_count += 1
            if len(refused) < KEPT_REFUSALS:
                refused.append(each)
            continue
        batch.append(each)
        if len(batch) == BATCH:
            flush()
    flush()
    return ImportResult(
        new=counts[Stored.NEW],
        seen=counts[Stored.SEEN],
        refused=tuple(refused),
        refused_count=refused_count,
    )


def read_posts(path: Path, brand: str, now: datetime) -> Iterator[Incoming | BadLine]:
    """The posts of a `.jsonl` or `.csv` archive, in order, with a BadLine for each refused one.

    Raises AmendsError for a file that cannot be read or has another suffix.
    """
    if not path.exists():
        raise AmendsError(f"{path} does not exist; check the name and the folder.")
    reader = {".jsonl": json_lines, ".csv": csv_lines}.get(path.suffix.lower())
    if reader is None:
        raise AmendsError(
            f"{path} is neither {' nor '.join(SUFFIXES)}; name the file after what it holds."
        )
    try:
        with path.open("rb") as stream:
            if stream.read(2) in _UTF_16:
                raise AmendsError(f"{path} is written in UTF-16; save it as UTF-8 and try again.")
            stream.seek(0)
            for line in reader(stream):
                yield line if isinstance(line, BadLine) else checked(line, brand, now)
    except OSError as error:
        raise AmendsError(f"{path} cannot be read: {error.strerror or error}.") from None


def checked(line: Line, brand: str, now: datetime) -> Incoming | BadLine:
    """The post of a line, or why it is none."""
    try:
        return parse_post(line.raw, brand=brand, now=now)
    except PostError as error:
        return BadLine(line.number, str(error), post_id(line.raw))


def json_lines(stream: BinaryIO) -> Iterator[Line | BadLine]:
    """Decode JSON lines; blank ones are left out, broken ones come as BadLine."""
    for number, data in _physical_lines(stream):
        if isinstance(data, BadLine):
            yield data
        elif text := data.strip():
            yield _decoded(number, text)


def _decoded(number: int, data: bytes) -> Line | BadLine:
    try:
        return Line(number, json.loads(data.decode("utf-8")))
    except UnicodeDecodeError:
        return _not_utf8(number)
    except (ValueError, RecursionError):
        # ValueError is also what a number of thousands of digits gives.
        return BadLine(number, "the line is not JSON; each line must hold one whole object.")


def csv_lines(stream: BinaryIO) -> Iterator[Line | BadLine]:
    """Decode CSV with a header; dotted columns become nested ones. Numbers are physical lines.

    Raises AmendsError when the header lacks `id` or `text`.
    """
    overlong: list[BadLine] = []
    rows = _csv_rows(stream, overlong)
    header: list[str] | None = None
    for number, row in rows:
        yield from overlong
        overlong.clear()
        if isinstance(row, BadLine):
            yield row
        elif header is None:
            header = [name.strip() for name in row]
            _refuse_header(header)
        elif row:
            yield _row(number, header, row)
    yield from overlong
    if header is None:
        raise AmendsError("The CSV file is empty; its first line must name the columns.")


def _csv_rows(
    stream: BinaryIO, overlong: list[BadLine]
) -> Iterator[tuple[int, list[str] | BadLine]]:
    number = 0

    def texts() -> Iterator[str]:
        nonlocal number
        for at, data in _physical_lines(stream):
            number = at
            if isinstance(data, BadLine):
                overlong.append(data)
            else:
                # A byte that is no UTF-8 shows as a lone surrogate and is refused with its row.
                yield data.decode("utf-8", "surrogateescape")

    lines = texts()
    first = next(lines, None)
    if first is None:
        return
    # A spreadsheet of a country that writes 1,5 separates its columns by semicolons.
    delimiter = ";" if ";" in first and "," not in first else ","
    yield number, next(csv.reader([first], delimiter=delimiter), [])
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        start = number + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            reason = "a quoted cell is not closed, or has more than 131,072 characters."
            yield start, BadLine(start, reason)
        else:
            yield start, row


def _refuse_header(header: list[str]) -> None:
    for name in ("id", "text"):
        if name not in header:
            raise AmendsError(
                f"The CSV file has no column {name!r}; its first line must name the columns, "
                "such as id,text,channel,author.id,created_at."
            )


def _row(number: int, header: list[str], row: list[str]) -> Line | BadLine:
    post: dict[str, object] = {}
    author: dict[str, object] = {}
    for name, cell in zip(header, row, strict=False):
        if not cell.isascii() and any("\udc80" <= sign <= "\udcff" for sign in cell):
            return _not_utf8(number)
        if name.startswith(_NESTED):
            author[name.removeprefix(_NESTED)] = cell
        else:
            post[name] = cell
    if author:
        post["author"] = author
    return Line(number, post)


def _not_utf8(number: int) -> BadLine:
    return BadLine(number, "the line has bytes that are no UTF-8; save the file as UTF-8.")


def _physical_lines(stream: BinaryIO) -> Iterable[tuple[int, bytes | BadLine]]:
    number = 0
    while data := stream.readline(MAX_LINE + 1):
        number += 1
        if number == 1:
            data = data.removeprefix(_BOM)
        if len(data) <= MAX_LINE or data.endswith(b"\n"):
            yield number, data
            continue
        while data and not data.endswith(b"\n"):
            data = stream.readline(MAX_LINE)
        yield number, BadLine(number, f"the line is longer than {MAX_LINE:,} bytes.")
