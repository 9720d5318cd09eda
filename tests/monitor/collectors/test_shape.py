"""Whatever JSON a stranger sends: a post that can be stored, or one sentence."""

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from monitor.collectors.shape import PostError, parse_post, post_id
from monitor.ingest import Incoming

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
AUTHORS = st.dictionaries(st.sampled_from(["id", "handle", "followers"]), VALUES)
OPTIONAL = ("channel", "created_at", "url", "rating", "in_reply_to", "brand", "by_brand")
POSTS = st.fixed_dictionaries(
    {"id": st.text() | st.integers() | VALUES, "text": st.text() | VALUES},
    optional={**dict.fromkeys(OPTIONAL, VALUES), "author": AUTHORS},
)


@given(VALUES | POSTS)
def test_anything_is_a_post_or_a_sentence(raw: object) -> None:
    try:
        post = parse_post(raw, brand="B", now=NOW)
    except PostError as error:
        sentence = str(error)
    else:
        _can_be_stored(raw, post)
        return
    assert sentence.endswith(".")


def _can_be_stored(raw: object, post: Incoming) -> None:
    assert post.external_id == post_id(raw)
    for text in (post.text, post.external_id, post.author_handle or "", post.brand):
        text.encode("utf-8")
        assert "\0" not in text
    assert post.created_at.utcoffset() is not None
    assert post.rating is None or 1 <= post.rating <= 5
    assert 0 <= post.author_followers < 2**31


@given(st.text())
def test_text_survives_the_trip_but_for_what_cannot_be_stored(text: str) -> None:
    raw = json.loads(json.dumps({"id": "1", "text": text}))
    assert parse_post(raw, brand="B", now=NOW).text == text.replace("\0", "")
