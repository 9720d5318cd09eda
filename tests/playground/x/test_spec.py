"""Every answer of the simulated X against X's published schema, where that is at hand."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from openapi_schema_validator import OAS30Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4
from requests_oauthlib import OAuth1  # type: ignore[import-untyped]  # no stubs installed

from config.settings import XSettings
from playground.x import Fault, XNetwork

SPEC = Path(__file__).parents[4] / "shared" / "specs" / "x-openapi.json"
ALL = (
    "created_at,entities,note_{0},referenced_{0}s,conversation_id,author_id,lang,public_metrics,"
    "in_reply_to_user_id,reply_settings,possibly_sensitive,edit_history_{0}_ids"
)
PEOPLE = "created_at,public_metrics,verified,verified_type,description,protected"


@pytest.fixture(scope="module")
def spec() -> Any:
    if not SPEC.exists():
        pytest.skip(f"X's schema is not at {SPEC}")
    return json.loads(SPEC.read_text(encoding="utf-8"))


def template(spec: dict[str, Any], path: str) -> str:
    """The path of the schema that this address belongs to."""
    if path in spec["paths"]:
        return path
    parts = path.split("/")
    for known in spec["paths"]:
        pieces = known.split("/")
        if len(pieces) == len(parts) and all(
            piece == part or piece.startswith("{")
            for piece, part in zip(pieces, parts, strict=True)
        ):
            return str(known)
    raise AssertionError(f"X has no {path}")


def check(spec: dict[str, Any], answer: requests.Response) -> None:
    """The body has the schema that X publishes for this method, path, status and media type."""
    path = template(spec, answer.request.path_url.partition("?")[0])
    responses = spec["paths"][path][(answer.request.method or "").lower()]["responses"]
    content = responses.get(str(answer.status_code), responses["default"])["content"]
    schema = content[answer.headers["content-type"].partition(";")[0]]["schema"]
    registry = Registry().with_resource("urn:x", DRAFT4.create_resource(spec))
    absolute = json.loads(json.dumps(schema).replace('"#/', '"urn:x#/'))
    validator = OAS30Validator(absolute, registry=registry)
    problems = [
        f"{list(error.path)}: {error.message}" for error in validator.iter_errors(answer.json())
    ]
    assert not problems, problems


@pytest.fixture
def thread(x_state: XNetwork, now: datetime) -> str:
    """A long complaint with a link, its answer, and a quote of that."""
    words = "@larkline #late https://fell.example/p?a=1&b=2 " + "and cold & dark " * 30
    first = x_state.add("222", words, now)
    answer = x_state.add("111", "Sorry!", now, reply_to=first.id)
    x_state.add("333", "they say sorry", now, quoted=answer.id)
    x_state.edit(x_state.add("333", "@larkline so", now).id, "@larkline so?", now)
    return first.id


def bearer(settings: XSettings) -> dict[str, str]:
    assert settings.bearer_token is not None
    return {"Authorization": f"Bearer {settings.bearer_token.get_secret_value()}"}


def signed(settings: XSettings) -> OAuth1:
    names = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
    return OAuth1(*(getattr(settings, name).get_secret_value() for name in names))


@pytest.mark.parametrize("noun", ["tweet", "post"])
@pytest.mark.parametrize(
    "path",
    [
        "/2/users/111/mentions?max_results=5",
        "/2/users/111/tweets?max_results=5",
        "/2/tweets/search/recent?query=sorry%20OR%20late&max_results=10",
        "/2/tweets?ids={thread},5",
        "/2/tweets/{thread}?",
        "/2/tweets/5?",
        "/2/users/999/mentions?",
    ],
)
def test_posts(
    spec: dict[str, Any], x_settings: XSettings, thread: str, path: str, noun: str
) -> None:
    expansions = "author_id,referenced_" + ("posts" if noun == "post" else "tweets.id")
    url = (
        f"{x_settings.base_url}{path.format(thread=thread)}&{noun}.fields={ALL.format(noun)}"
        f"&user.fields={PEOPLE}&expansions={expansions}"
    )
    answer = requests.get(url, headers=bearer(x_settings), timeout=5)
    assert answer.status_code == 200, answer.text
    check(spec, answer)
    if noun == "post":
        known = set(spec["components"]["schemas"]["Post"]["properties"])
        found = answer.json().get("data", [])
        for post in [found] if isinstance(found, dict) else found:
            assert set(post) <= known
            assert "edit_history_post_ids" in post


def test_writing_and_accounts(spec: dict[str, Any], x_settings: XSettings, thread: str) -> None:
    base, auth = x_settings.base_url, signed(x_settings)
    body: Any = {"text": "On it", "reply": {"in_reply_to_tweet_id": thread}}
    made = requests.post(f"{base}/2/tweets", json=body, auth=auth, timeout=5)
    assert made.status_code == 201
    check(spec, made)
    gone = requests.delete(f"{base}/2/tweets/{made.json()['data']['id']}", auth=auth, timeout=5)
    assert gone.json() == {"data": {"deleted": True}}
    check(spec, gone)
    for path in ("me", "by/username/ann_fell", "by/username/nobody"):
        answer = requests.get(f"{base}/2/users/{path}?user.fields={PEOPLE}", auth=auth, timeout=5)
        assert answer.status_code == 200
        check(spec, answer)


def test_refusals(
    spec: dict[str, Any], x_state: XNetwork, x_settings: XSettings, now: datetime
) -> None:
    base, header = x_settings.base_url, bearer(x_settings)
    mentions = f"{base}/2/users/111/mentions"
    answers = [
        requests.get(f"{mentions}?max_results=1", headers=header, timeout=5),
        requests.get(f"{base}/2/tweets/search/recent?query=a:b", headers=header, timeout=5),
        requests.get(mentions, timeout=5),
        requests.post(f"{base}/2/tweets", json={"text": "a"}, headers=header, timeout=5),
    ]
    unasked = x_state.add("222", "late", now)
    body: Any = {"text": "Sorry", "reply": {"in_reply_to_tweet_id": unasked.id}}
    answers.append(requests.post(f"{base}/2/tweets", json=body, auth=signed(x_settings), timeout=5))
    for status in (429, 500, 503):
        x_state.faults.append(Fault(status))
        answers.append(requests.get(mentions, headers=header, timeout=5))
    assert [answer.status_code for answer in answers] == [400, 400, 401, 403, 403, 429, 500, 503]
    for answer in answers:
        check(spec, answer)


def test_the_check_can_fail(spec: dict[str, Any], x_settings: XSettings, thread: str) -> None:
    answer = requests.get(
        f"{x_settings.base_url}/2/users/111/tweets", headers=bearer(x_settings), timeout=5
    )
    broken = answer.json()
    broken["data"][0]["id"] = 5
    answer._content = json.dumps(broken).encode()
    with pytest.raises(AssertionError, match="5 is not of type 'string'"):
        check(spec, answer)
