"""Archives: what is taken, what is refused and with which words, and that twice is once."""

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from config.errors import AmendsError
from models.database import reading, writing
from models.tables import Customer, Post
from monitor.collectors.files import (
    MAX_LINE,
    BadLine,
    Line,
    csv_lines,
    import_file,
    json_lines,
    read_posts,
)
from monitor.ingest import Incoming, store

CARE = Path(__file__).parents[4] / "shared/feeds/care.jsonl"


def lines(*posts: object) -> bytes:
    return b"".join(json.dumps(post).encode() + b"\n" for post in posts)


def refusals(path: Path, now: datetime) -> list[str]:
    return [each.reason for each in read_posts(path, "B", now) if isinstance(each, BadLine)]


def accepted(path: Path, now: datetime) -> list[Incoming]:
    return [each for each in read_posts(path, "B", now) if isinstance(each, Incoming)]


def stored(engine: Engine) -> list[Post]:
    with reading(engine) as session:
        return list(session.exec(select(Post).order_by(Post.external_id)))


def test_a_json_post_is_taken_with_all_its_fields(tmp_path: Path, now: datetime) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(
        lines(
            {
                "id": 17,
                "text": "late again 😡",
                "channel": "X",
                "author": {"id": 5, "handle": "ann", "followers": 12},
                "created_at": "2026-03-01T10:00:00+02:00",
                "url": "https://x.com/ann/17",
                "rating": 1,
                "in_reply_to": 16,
                "conversation": "15",
                "brand": "Other",
                "by_brand": False,
                "lang": "en",
            }
        )
    )
    assert accepted(path, now) == [
        Incoming(
            channel="x",
            external_id="17",
            text="late again 😡",
            created_at=datetime(2026, 3, 1, 8, tzinfo=UTC),
            brand="Other",
            source="import",
            author_id="5",
            author_handle="ann",
            author_followers=12,
            url="https://x.com/ann/17",
            rating=1,
            in_reply_to="16",
            conversation="15",
        )
    ]


def test_csv_says_the_same_as_json(tmp_path: Path, now: datetime) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(
        b"\xef\xbb\xbfid,text,channel,author.id,author.followers,created_at,rating,by_brand,note\r\n"
        b'1,"late, again\r\nand again",reddit,5,12,2026-03-01T08:00:00Z,2,false,x\r\n'
        b"2,sorry,reddit,9,,,,TRUE,\r\n"
    )
    first, second = accepted(path, now)
    assert (first.text, first.author_id, first.author_followers) == (
        "late, again\r\nand again",
        "5",
        12,
    )
    assert (first.channel, first.rating, first.by_brand) == ("reddit", 2, False)
    assert (second.by_brand, second.rating, second.created_at) == (True, None, now)


def test_semicolons_separate_columns_where_the_header_has_them() -> None:
    found = list(csv_lines(io.BytesIO(b"id;text\n1;a, b\n")))
    assert found == [Line(2, {"id": "1", "text": "a, b"})]


def test_what_is_missing_gets_a_default(tmp_path: Path, now: datetime) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + lines({"id": "1", "text": "t"}).replace(b"\n", b"\r\n\r\n"))
    (post,) = accepted(path, now)
    assert (post.channel, post.brand, post.created_at) == ("import", "B", now)
    assert (post.author_id, post.conversation, post.rating) == (None, None, None)


@pytest.mark.parametrize(
    ("line", "word"),
    [
        (b"{not json", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"id": ' + b"9" * 5000 + b', "text": ""}', "not JSON"),
        (b"[1, 2]", "no JSON object"),
        (b'"text"', "no JSON object"),
        (b'{"text": "t"}', "id is missing"),
        (b'{"id": "  ", "text": "t"}', "id is missing"),
        (b'{"id": 1.5, "text": "t"}', "id must be"),
        (b'{"id": true, "text": "t"}', "id must be"),
        (b'{"id": "1\\u0000", "text": "t"}', "id has characters"),
        (b'{"id": "1"}', "text is missing"),
        (b'{"id": "1", "text": 5}', "text must be"),
        (b'{"id": "1", "text": "t", "rating": 0}', "rating must be"),
        (b'{"id": "1", "text": "t", "rating": 6}', "rating must be"),
        (b'{"id": "1", "text": "t", "rating": 1e400}', "rating must be"),
        (b'{"id": "1", "text": "t", "rating": NaN}', "rating must be"),
        (b'{"id": "1", "text": "t", "rating": "good"}', "rating must be"),
        (b'{"id": "1", "text": "t", "created_at": "2026-03-01T08:00:00"}', "no zone"),
        (b'{"id": "1", "text": "t", "created_at": "yesterday"}', "no time"),
        (b'{"id": "1", "text": "t", "created_at": 1772352000}', "created_at must be"),
        (b'{"id": "1", "text": "t", "created_at": "0001-01-01T00:00:00+14:00"}', "no time"),
        (b'{"id": "1", "text": "t", "author": "ann"}', "author must be"),
        (b'{"id": "1", "text": "t", "author": {"followers": -1}}', "author.followers"),
        (b'{"id": "1", "text": "t", "by_brand": "perhaps"}', "by_brand must be"),
        (b'{"id": "1", "text": "t", "by_brand": []}', "by_brand must be"),
        (b'{"id": "1", "text": "t", "channel": "a b"}', "channel must be"),
        (b'{"id": "1", "text": "caf\xe9"}', "no UTF-8"),
        (b'{"id": "1", "text": "' + b"a" * MAX_LINE + b'"}', "longer than"),
    ],
)
def test_a_bad_line_is_refused_with_a_sentence_and_the_rest_is_taken(
    tmp_path: Path, now: datetime, line: bytes, word: str
) -> None:
    path = tmp_path / "a.jsonl"
    good = lines({"id": "g1", "text": "t"}), lines({"id": "g2", "text": "t"})
    path.write_bytes(good[0] + line + b"\n" + good[1])
    (reason,) = refusals(path, now)
    assert word in reason
    assert reason.endswith((".", "}."))
    assert [post.external_id for post in accepted(path, now)] == ["g1", "g2"]


@pytest.mark.parametrize(
    ("row", "word"),
    [
        (b"1", "text is missing"),
        (b",t", "id is missing"),
        (b"1,caf\xe9", "no UTF-8"),
        (b"1," + b"a" * 200_000, "131,072"),
        (b"1," + b"a" * (MAX_LINE + 5), "longer than"),
    ],
)
def test_a_bad_row_is_refused_and_the_rest_is_taken(
    tmp_path: Path, now: datetime, row: bytes, word: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,text\ng1,t\n" + row + b"\ng2,t\n")
    (bad,) = (each for each in read_posts(path, "B", now) if isinstance(each, BadLine))
    assert word in bad.reason
    assert bad.number == 3
    assert [post.external_id for post in accepted(path, now)] == ["g1", "g2"]


def test_text_that_a_database_would_refuse_is_mended(
    tmp_path: Path, now: datetime, engine: Engine
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"id": "1", "text": "half \\ud83d, nul \\u0000.", "url": "javascript:1"}\n')
    import_file(path, engine, "B", now)
    (post,) = stored(engine)
    assert post.text == "half \ufffd, nul ."
    assert post.url is None


def test_a_long_text_is_kept_as_it_is(tmp_path: Path, now: datetime, engine: Engine) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(lines({"id": "1", "text": "ä" * 60_000}))
    import_file(path, engine, "B", now)
    assert len(stored(engine)[0].text) == 60_000


def test_two_posts_of_one_handle_are_one_customers(
    tmp_path: Path, now: datetime, engine: Engine
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(
        lines(*({"id": str(i), "text": "t", "author": {"handle": "ann"}} for i in range(2)))
    )
    import_file(path, engine, "B", now)
    with reading(engine) as session:
        assert [each.external_id for each in session.exec(select(Customer))] == ["ann"]


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("none.jsonl", None, "does not exist"),
        ("none", None, "does not exist"),
        ("a.txt", b"", "neither"),
        ("a.csv", b"", "empty"),
        ("a.csv", b"id,body\n1,t\n", "'text'"),
        ("a.jsonl", "{}".encode("utf-16"), "UTF-16"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole(
    tmp_path: Path, now: datetime, name: str, content: bytes | None, word: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(AmendsError, match=word):
        list(read_posts(path, "B", now))


def test_a_folder_is_refused(tmp_path: Path, now: datetime) -> None:
    (tmp_path / "a.jsonl").mkdir()
    with pytest.raises(AmendsError, match="directory"):
        list(read_posts(tmp_path / "a.jsonl", "B", now))


def test_an_import_counts_and_a_second_adds_nothing(
    tmp_path: Path, now: datetime, engine: Engine
) -> None:
    path = tmp_path / "a.jsonl"
    posts: list[Any] = [{"id": str(i), "text": f"t{i}"} for i in range(1200)]
    path.write_bytes(lines(*posts) + b"oops\n" * 30)
    first = import_file(path, engine, "B", now)
    assert (first.new, first.seen, first.refused_count) == (1200, 0, 30)
    assert len(first.refused) == 20
    assert first.refused[0].number == 1201
    second = import_file(path, engine, "B", now + timedelta(days=1))
    assert (second.new, second.seen) == (0, 1200)
    assert {post.revision for post in stored(engine)} == {1}


def test_an_archive_edits_no_known_post(tmp_path: Path, now: datetime, engine: Engine) -> None:
    live = Incoming(
        channel="x", external_id="1", text="as it stands now", created_at=now, brand="B",
        source="x.mentions", author_id="5", author_handle="ann_new", author_followers=12,
    )  # fmt: skip
    with writing(engine) as session:
        store(session, live, now)
        session.exec(select(Post)).one().pending = False
    path = tmp_path / "a.jsonl"
    ann = {"id": "5", "handle": "ann_old", "followers": 3}
    path.write_bytes(
        lines(
            {"id": "1", "text": "as it stood once", "channel": "x", "author": ann},
            {"id": "2", "text": "another", "channel": "x", "author": ann},
        )
    )
    result = import_file(path, engine, "B", now)
    assert (result.new, result.seen) == (1, 1)
    post, _ = stored(engine)
    assert (post.text, post.revision, post.pending) == ("as it stands now", 1, False)
    with reading(engine) as session:
        customer = session.exec(select(Customer)).one()
        assert (customer.handle, customer.followers) == ("ann_new", 12)


@pytest.mark.parametrize("between", [0, 600])
def test_an_id_that_stands_twice_is_one_post(
    tmp_path: Path, now: datetime, engine: Engine, between: int
) -> None:
    path = tmp_path / "a.jsonl"
    others = [{"id": f"o{number}", "text": "t"} for number in range(between)]
    path.write_bytes(lines({"id": "1", "text": "first"}, *others, {"id": "1", "text": "second"}))
    runs = [import_file(path, engine, "B", now) for _ in range(3)]
    assert [run.new for run in runs] == [1 + between, 0, 0]
    assert (stored(engine)[0].text, stored(engine)[0].revision) == ("first", 1)


def test_json_lines_keep_their_numbers_over_blank_ones() -> None:
    found = list(json_lines(io.BytesIO(b"\n{}\n  \n[]")))
    assert found == [Line(2, {}), Line(4, [])]


@pytest.mark.skipif(not CARE.exists(), reason="the shared feeds are not here")
def test_the_care_feed_goes_in_whole(engine: Engine, now: datetime) -> None:
    first = import_file(CARE, engine, "B", now)
    assert (first.new, first.refused_count) == (5001, 0)
    assert import_file(CARE, engine, "B", now).new == 0
