"""Answers and calls against Slack's published OpenAPI description (Swagger 2)."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator  # type: ignore[import-untyped]  # has no types
from slack_sdk import WebClient

from playground.slack import SlackWorkspace, methods
from playground.slack.methods import METHODS
from playground.slack.records import SlackError

SPEC = Path(__file__).parents[4] / "shared" / "specs" / "slack-web-openapi-v2.json"
CARE, ANA = "C0CARE0001", "U0ANARUIZ1"
NEWER = {"apps.connections.open"}
Json = dict[str, Any]

pytestmark = pytest.mark.skipif(not SPEC.exists(), reason=f"{SPEC.name} is not beside the project")


@pytest.fixture(scope="module")
def spec() -> Json:
    loaded: Json = json.loads(SPEC.read_text())
    return loaded


class Recorder(WebClient):
    """The real client, remembering each call as it goes over the wire and its answer."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.calls: list[tuple[str, Json, Json]] = []

    def _perform_urllib_http_request(
        self, *, url: str, args: dict[str, dict[str, Any]]
    ) -> dict[str, Any]:
        answer = super()._perform_urllib_http_request(url=url, args=args)
        sent = dict(args.get("json") or {}) | dict(args.get("data") or {})
        sent |= dict(args.get("params") or {})
        self.calls.append((url.rpartition("/api/")[2], sent, json.loads(answer["body"])))
        return answer


@pytest.fixture
def recorder(workspace: SlackWorkspace, base_url: str) -> Recorder:
    return Recorder(workspace.bot_token, base_url, retry_handlers=[])


def drive_everything(client: WebClient, workspace: SlackWorkspace) -> None:
    """Call each method with everything the desk sends, the edges of answers included."""
    block: Json = {"type": "section", "block_id": "b", "text": {"type": "mrkdwn", "text": "x"}}
    view = {
        "type": "modal",
        "title": {"type": "plain_text", "text": "T"},
        "blocks": [block],
        "external_id": "mine",
    }
    client.api_test()
    client.auth_test()
    client.apps_connections_open(app_token=workspace.app_token)
    root = client.chat_postMessage(channel=CARE, text="x", blocks=[block])["ts"]
    reply = client.chat_postMessage(channel=CARE, text="y", thread_ts=root, reply_broadcast=True)
    workspace.say(ANA, "a person", root)
    client.chat_update(channel=CARE, ts=root, text="z", blocks=[block])
    client.chat_postEphemeral(channel=CARE, user=ANA, text="x", thread_ts=root)
    client.chat_getPermalink(channel=CARE, message_ts=reply["ts"])
    client.conversations_history(channel=CARE, oldest="0", latest="9999999999.000000", limit=10)
    client.conversations_replies(channel=CARE, ts=root)
    client.conversations_info(channel=CARE, include_num_members=True)
    client.users_info(user=ANA)
    opened = client.views_open(trigger_id=workspace.new_trigger(ANA).id, view=view)["view"]
    client.views_update(view_id=opened["id"], hash=opened["hash"], view=view)
    client.views_push(trigger_id=workspace.new_trigger(ANA).id, view=view)
    client.chat_delete(channel=CARE, ts=reply["ts"])


def operation(spec: Json, method: str) -> Json:
    (found,) = spec["paths"][f"/{method}"].values()
    return dict(found)


def problems(spec: Json, method: str, answer: Json, status: str = "200") -> list[str]:
    schema = operation(spec, method)["responses"][status]["schema"]
    validator = Draft4Validator(schema | {"definitions": spec["definitions"]})
    return [f"{list(e.absolute_path)}: {e.message}" for e in validator.iter_errors(answer)]


def fits(kind: str, value: Any) -> bool:
    """Does a sent value fit a parameter's type, in the forms Slack takes: form text or JSON?"""
    if kind == "string":
        return isinstance(value, str | list | dict)  # blocks and views are JSON in a string
    if kind == "boolean":
        return value in (True, False, "0", "1")
    try:
        number = float(value)
    except (TypeError, ValueError):
        return False
    return kind == "number" or number.is_integer()


def test_every_method_is_in_the_specification_or_listed_as_newer(spec: Json) -> None:
    assert {m for m in METHODS if f"/{m}" not in spec["paths"]} == NEWER


def test_answers_and_calls_validate(
    spec: Json, recorder: Recorder, workspace: SlackWorkspace
) -> None:
    drive_everything(recorder, workspace)
    assert {method for method, _, _ in recorder.calls} == set(METHODS)
    found = []
    for method, sent, answer in recorder.calls:
        if method in NEWER:
            continue
        found += [f"{method} answers {p}" for p in problems(spec, method, answer)]
        parameters = {p["name"]: p for p in operation(spec, method)["parameters"]}
        for name, value in sent.items():
            if name not in parameters:
                found.append(f"{method} has no parameter {name}")
            elif not fits(parameters[name]["type"], value):
                found.append(f"{method} takes no {name}={value!r}")
        needed = {n for n, p in parameters.items() if p.get("required")} - {"token"}
        found += [f"{method} needs {name}" for name in needed - sent.keys()]
    assert found == []


def test_the_page_of_a_longer_history_departs_only_by_its_cursor(
    spec: Json, recorder: Recorder
) -> None:
    for n in range(3):
        recorder.chat_postMessage(channel=CARE, text=str(n))
    recorder.conversations_history(channel=CARE, limit=2)
    answer = recorder.calls[-1][2]
    assert answer.pop("response_metadata")["next_cursor"]
    assert problems(spec, "conversations.history", answer) == []


@pytest.mark.parametrize(
    ("method", "sent"),
    [
        ("auth.test", {"token": "xoxb-wrong"}),
        ("chat.postMessage", {"channel": "C0NOWHERE1", "text": "x"}),
        ("chat.postMessage", {"channel": CARE, "text": ""}),
        ("chat.update", {"channel": CARE, "ts": "1700000000.000100", "text": "x"}),
        ("chat.delete", {"channel": CARE, "ts": "1700000000.000100"}),
        ("conversations.history", {"channel": "C0NOWHERE1"}),
        ("conversations.replies", {"channel": CARE, "ts": "1700000000.000100"}),
        ("users.info", {"user": "U0NOBODY01"}),
    ],
)
def test_refusals_validate(spec: Json, workspace: SlackWorkspace, method: str, sent: Json) -> None:
    with pytest.raises(SlackError) as refusal:
        methods.call(workspace, method, sent.get("token", workspace.bot_token), sent)
    answer = {"ok": False, "error": refusal.value.code}
    assert problems(spec, method, answer, "default") == []


def test_a_wrong_answer_would_be_found(spec: Json) -> None:
    assert problems(spec, "auth.test", {"ok": True, "url": "x"})
    assert problems(spec, "conversations.history", {"ok": True, "messages": []})
    assert not fits("integer", "many")
    assert fits("number", "1700000000.000100")
