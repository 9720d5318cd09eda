"""The simulated Reddit, seen through real praw and through plain requests."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import praw
import prawcore
import pytest
import requests
from praw.exceptions import RedditAPIException
from praw.models import Comment
from pydantic import SecretStr

from amends.clients.reddit import reddit_client
from config.settings import RedditSettings
from playground.reddit import Fault, RedditNetwork, reddit_app
from playground.serving import Served, serve
from playground.story import load

AT = datetime(2026, 3, 4, 9, tzinfo=UTC)


@pytest.fixture
def network() -> RedditNetwork:
    return RedditNetwork(
        "larkline_care",
        "perch",
        "id",
        "secret",
        ("larkline", "harrowmere"),
        clock=lambda: AT + timedelta(days=1),
        requests_a_window=1000,
    )


@pytest.fixture
def served(network: RedditNetwork) -> Iterator[Served]:
    served = serve(reddit_app(network))
    yield served
    served.stop()


def client(served: Served, password: str | None = "perch", secret: str = "secret") -> praw.Reddit:
    return reddit_client(
        RedditSettings(
            base_url=served.url,
            client_id="id",
            client_secret=SecretStr(secret),
            username="larkline_care",
            password=SecretStr(password) if password else None,
            subreddit="larkline",
        )
    )


def fill(network: RedditNetwork, count: int) -> list[str]:
    return [
        network.submit("ann", "larkline", f"Title {i}", "late", AT + timedelta(minutes=i))
        for i in range(count)
    ]


def test_the_account_is_the_one_that_signed_in(served: Served) -> None:
    account = client(served).user.me()
    assert account is not None
    assert account.name == "larkline_care"


def test_without_a_password_reddit_is_read_only(network: RedditNetwork, served: Served) -> None:
    fill(network, 1)
    reddit = client(served, password=None)
    assert reddit.read_only
    assert [each.title for each in reddit.subreddit("larkline").new()] == ["Title 0"]


def test_wrong_credentials_are_refused_in_reddits_words(served: Served) -> None:
    with pytest.raises(prawcore.OAuthException, match="invalid_grant"):
        client(served, password="wrong").user.me()
    with pytest.raises(prawcore.ResponseException, match="401"):
        client(served, secret="wrong").user.me()


def test_all_pages_come_once_newest_first(network: RedditNetwork, served: Served) -> None:
    fullnames = fill(network, 230)
    found = [each.fullname for each in client(served).subreddit("larkline").new(limit=None)]
    assert found == fullnames[::-1]
    pages = [path for _, path in network.requests if path == "/r/larkline/new"]
    assert len(pages) == 3


def test_before_gives_what_is_newer(network: RedditNetwork, served: Served) -> None:
    fullnames = fill(network, 5)
    listing = client(served).subreddit("larkline").new(limit=2, params={"before": fullnames[2]})
    assert [each.fullname for each in listing] == fullnames[:2:-1]


def test_a_page_goes_on_after_a_post_that_was_deleted(
    network: RedditNetwork, served: Served
) -> None:
    fullnames = fill(network, 4)
    network.delete(fullnames[2])
    listing = client(served).subreddit("larkline").new(params={"after": fullnames[2]})
    assert [each.fullname for each in listing] == [fullnames[1], fullnames[0]]


def test_a_tree_holds_the_answers_below_their_parents(
    network: RedditNetwork, served: Served
) -> None:
    link = network.submit("ann", "larkline", "Late", "again", AT)
    top = network.comment("bo", link, "same here", AT + timedelta(minutes=1))
    below = network.comment("ann", top, "really?", AT + timedelta(minutes=2))
    network.delete(top)
    submission = client(served).submission(link.removeprefix("t3_"))
    assert submission.num_comments == 2
    first = submission.comments.list()[0]
    assert isinstance(first, Comment)
    assert (first.author, first.body) == (None, "[deleted]")
    assert [f"t1_{each}" for each in first.replies.list()] == [below]


def test_search_knows_words_phrases_and_alternatives(
    network: RedditNetwork, served: Served
) -> None:
    late = network.submit("ann", "harrowmere", "Larkline late", "the night bus", AT)
    bus = network.submit("bo", "larkline", "Other", "night bus gone", AT + timedelta(minutes=1))
    network.submit("cy", "larkline", "Praise", "a bus at night", AT)
    reddit = client(served)

    def found(query: str, place: str = "all") -> list[str]:
        return [each.fullname for each in reddit.subreddit(place).search(query, sort="new")]

    assert found('"night bus"') == [bus, late]
    assert found("larkline late OR gone") == [bus, late]
    assert found('"night bus"', "larkline") == [bus]


def test_info_shows_what_was_removed_and_who_left(network: RedditNetwork, served: Served) -> None:
    removed, orphan = fill(network, 2)
    network.remove(removed)
    network.comment("bo", orphan, "bye", AT)
    network.leave("ann")
    first, second = client(served).info(fullnames=[removed, orphan])
    assert first.selftext == "[removed]"
    assert second.author is None
    assert "author_fullname" not in vars(second)


def test_an_edit_shows_its_moment(network: RedditNetwork, served: Served) -> None:
    (link,) = fill(network, 1)
    reddit = client(served)
    assert next(iter(reddit.info(fullnames=[link]))).edited is False
    network.edit(link, "later still")
    edited = next(iter(reddit.info(fullnames=[link])))
    assert edited.selftext == "later still"
    assert edited.edited > AT.timestamp()


def test_a_comment_is_written_and_told(served: Served, network: RedditNetwork) -> None:
    told: list[tuple[str, str]] = []
    network.replied = lambda parent, comment, at: told.append((parent, comment))
    (link,) = fill(network, 1)
    reddit = client(served)
    written = reddit.submission(link.removeprefix("t3_")).reply("Sorry & <thanks>")
    assert isinstance(written, Comment)
    assert written.body == "Sorry & <thanks>"
    assert told == [(link, written.fullname)]
    mine = list(reddit.redditor("larkline_care").comments.new())
    assert [each.fullname for each in mine] == [written.fullname]


@pytest.mark.parametrize(
    ("text", "code"), [("", "NO_TEXT"), ("a" * 10_001, "TOO_LONG"), ("ok", "THREAD_LOCKED")]
)
def test_a_comment_can_be_refused(
    network: RedditNetwork, served: Served, text: str, code: str
) -> None:
    (link,) = fill(network, 1)
    network.lock(link)
    with pytest.raises(RedditAPIException, match=code):
        client(served).submission(link.removeprefix("t3_")).reply(text)


def test_a_subreddit_that_is_not_there_leads_to_the_search(served: Served) -> None:
    with pytest.raises(prawcore.Redirect):
        list(client(served).subreddit("nowhere").new())


def test_limits_stand_in_every_answer_and_end_in_429(
    network: RedditNetwork, served: Served
) -> None:
    headers = {"Authorization": f"bearer {network.issue_token(None)}"}
    first = requests.get(f"{served.url}/r/larkline/new", headers=headers, timeout=5)
    assert float(first.headers["x-ratelimit-remaining"]) == 999
    assert 0 < int(first.headers["x-ratelimit-reset"]) <= 600
    network.remaining = 0
    second = requests.get(f"{served.url}/r/larkline/new", headers=headers, timeout=5)
    assert second.status_code == 429
    assert int(second.headers["retry-after"]) > 0


def test_text_is_escaped_unless_asked_otherwise(network: RedditNetwork, served: Served) -> None:
    network.submit("ann", "larkline", "A & B", "<b>", AT)
    headers = {"Authorization": f"bearer {network.issue_token(None)}"}
    url = f"{served.url}/r/larkline/new"
    plain = requests.get(url, headers=headers, timeout=5).json()
    raw = requests.get(url, params={"raw_json": "1"}, headers=headers, timeout=5).json()
    assert plain["data"]["children"][0]["data"]["title"] == "A &amp; B"
    assert raw["data"]["children"][0]["data"]["selftext"] == "<b>"


def test_a_token_is_needed(served: Served) -> None:
    assert requests.get(f"{served.url}/r/larkline/new", timeout=5).status_code == 401


@pytest.mark.parametrize("applied", [False, True])
def test_a_cut_connection_comes_before_or_after_the_comment(
    network: RedditNetwork, served: Served, applied: bool
) -> None:
    (link,) = fill(network, 1)
    network.faults.append(Fault("/api/comment", cut=True, applied=applied))
    with pytest.raises(requests.ConnectionError):
        client(served).submission(link.removeprefix("t3_")).reply("Sorry")
    assert len(list(network.newest(comments=True))) == int(applied)


def test_the_public_sees_whole_threads_and_nothing_that_was_taken_away(
    network: RedditNetwork,
) -> None:
    link = network.submit("ann", "larkline", "Late", "again", AT)
    answer = network.comment("larkline_care", link, "Sorry", AT + timedelta(minutes=1))
    below = network.comment("bo", answer, "you always say so", AT + timedelta(minutes=2))
    network.delete(below)
    (thread,) = network.public_threads()
    assert (thread.id, thread.place, thread.title) == (link, "r/larkline", "Late")
    assert [(each.name, each.text, each.by_brand, each.in_reply_to) for each in thread.posts] == [
        ("ann", "again", False, None),
        ("larkline_care", "Sorry", True, link),
        ("[deleted]", "[deleted]", False, answer),
    ]


def test_the_whole_story_can_be_told(network: RedditNetwork, served: Served) -> None:
    story = load()
    ids: dict[str, str] = {}
    told = [post for post in story.posts if post.channel == "reddit"]
    for post in told:
        parent = ids[post.in_reply_to] if post.in_reply_to else None
        at = AT + timedelta(minutes=post.minute)
        ids[post.key] = network.publish(post, story.authors[post.author], at, parent)
    reddit = client(served)
    links = {each.fullname for each in reddit.subreddit("all").new(limit=None)}
    comments = {each.fullname for each in reddit.subreddit("all").comments(limit=None)}
    assert links | comments == set(ids.values())
    assert {post.kind for post in told} == {"submission", "comment"}
