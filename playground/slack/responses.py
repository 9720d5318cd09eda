"""What an app may do with a response_url. Source: Slack, "Handling user interaction"."""

from typing import Any

from playground.slack import forms, limits
from playground.slack.records import Message, SlackError
from playground.slack.workspace import BOT, SlackWorkspace

USES = 5
SECONDS = 1800.0


def answer(workspace: SlackWorkspace, url_id: str, body: Any) -> None:
    """Post, replace or delete. Raises SlackError for a used-up address or a wrong body."""
    with workspace.changed:
        url = workspace.response_urls.get(url_id)
        if url is None or workspace.clock() - url.at > SECONDS:
            raise SlackError("expired_url")
        if url.uses >= USES:
            raise SlackError("used_url")
        if not isinstance(body, dict):
            raise SlackError("invalid_payload")
        text, blocks = body.get("text") or "", body.get("blocks")
        if blocks is not None and limits.problems_of_blocks(blocks):
            raise SlackError("invalid_blocks", limits.problems_of_blocks(blocks))
        url.uses += 1
        if body.get("delete_original"):
            workspace.remove(url.message_ts)
            return
        if not text and not blocks:
            raise SlackError("no_text")
        placed = forms.with_ids(blocks or [])
        if body.get("replace_original"):
            original = workspace.message(url.message_ts)
            original.text, original.blocks, original.edited = text, placed, True
            workspace.touch()
            return
        private = body.get("response_type", "ephemeral") == "ephemeral"
        workspace.add(
            Message(
                workspace.new_ts(),
                url.channel,
                BOT.id,
                text,
                placed,
                body.get("thread_ts"),
                seen_by=url.user if private else None,
            )
        )
