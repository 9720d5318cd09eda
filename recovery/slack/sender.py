"""Sends alerts, their redraws and remarks in their threads to Slack."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from slack_sdk import WebClient
from sqlmodel import Session, col, select

from config.policy import Policy
from models.states import OutboxKind, OutboxState
from models.tables import OutboxItem
from recovery import desk
from recovery.cases import delivered
from recovery.outbox import Letter, Receipt, SendError, SendRefused
from recovery.slack import blocks, mrkdwn
from recovery.slack.errors import FAILURES, understood
from recovery.slack.parts import Block

# Our clock and Slack's may differ by this much.
SKEW = timedelta(minutes=1)
PAGE = 200


@dataclass(frozen=True, slots=True)
class Prepared:
    """A message ready to go: its channel, its blocks, and the alert it belongs to, if any.

    A `broadcast` one stands in the alert's thread and in the channel.
    """

    channel: str
    ts: str
    text: str
    blocks: list[Block]
    broadcast: bool = False


class SlackSender:
    """Implements `recovery.outbox.Sender` for slack_alert, slack_refresh and slack_thread."""

    kinds = (OutboxKind.SLACK_ALERT, OutboxKind.SLACK_REFRESH, OutboxKind.SLACK_THREAD)

    def __init__(self, client: WebClient, policy: Policy, channel: str) -> None:
        self._client = client
        self._policy = policy
        self._channel = channel

    def prepare(self, session: Session, item: OutboxItem) -> Prepared:
        """Draw the message from the case as it stands now.

        Raises SendError while the alert it belongs to is on its way, SendRefused when there is
        none, Refused when the case is gone.
        """
        view = desk.view(session, self._policy, item.case_id)
        if item.kind == OutboxKind.SLACK_ALERT:
            drawn = blocks.alert(view, item.key)
            return Prepared(self._channel, "", blocks.fallback(view), drawn)
        key = _alert_key(session, item.case_id, view.slack_ts is not None)
        if view.slack_ts is None or view.slack_channel is None:
            raise SendError("The alert is not in Slack yet; what belongs to it waits.")
        if item.kind == OutboxKind.SLACK_REFRESH:
            drawn, text = blocks.alert(view, key), blocks.fallback(view)
        else:
            actor = item.payload.get("actor")
            drawn = blocks.thread(item.payload["text"], actor, item.key)
            text = mrkdwn.escape(mrkdwn.cut(item.payload["text"], 300))
        broadcast = bool(item.payload.get("broadcast"))
        return Prepared(view.slack_channel, view.slack_ts, text, drawn, broadcast)

    def send(self, letter: Letter) -> Receipt:
        """Post or update. Raises SendError, OutcomeUnknown or SendRefused."""
        made: Prepared = letter.context
        try:
            if letter.kind == OutboxKind.SLACK_REFRESH:
                response = self._client.chat_update(
                    channel=made.channel, ts=made.ts, text=made.text, blocks=made.blocks,
                    parse="none", link_names=False,
                )  # fmt: skip
            else:
                response = self._client.chat_postMessage(
                    channel=made.channel, thread_ts=made.ts or None, text=made.text,
                    blocks=made.blocks, parse="none", link_names=False, unfurl_links=False,
                    unfurl_media=False, reply_broadcast=made.broadcast or None,
                )  # fmt: skip
        except FAILURES as error:
            raise understood(error) from error
        return Receipt(str(response["ts"]), {"channel": str(response["channel"])})

    def find(self, letter: Letter) -> Receipt | None:
        """Look for the message by the key in its first block. Raises SendError.

        A redraw is never looked for: drawing it once more changes nothing.
        """
        if letter.kind == OutboxKind.SLACK_REFRESH:
            return None
        made: Prepared = letter.context
        cursor = ""
        while True:
            try:
                page = self._page(letter, made, cursor)
            except FAILURES as error:
                raise _retry(understood(error)) from error
            for message in page.get("messages") or []:
                if _key_of(message) == letter.key:
                    return Receipt(str(message["ts"]), {"channel": made.channel})
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return None

    def settle(self, session: Session, item: OutboxItem, receipt: Receipt, now: datetime) -> None:
        """Remember where the alert stands."""
        if item.kind == OutboxKind.SLACK_ALERT:
            channel = str(receipt.data["channel"])
            delivered.posted(session, item.case_id, channel, receipt.external_id, now)

    def _page(self, letter: Letter, made: Prepared, cursor: str) -> Any:
        since = f"{(letter.created_at - SKEW).timestamp():.6f}"
        if letter.kind == OutboxKind.SLACK_THREAD:
            return self._client.conversations_replies(
                channel=made.channel, ts=made.ts, oldest=since, limit=PAGE, cursor=cursor or None
            )
        return self._client.conversations_history(
            channel=made.channel, oldest=since, limit=PAGE, cursor=cursor or None
        )


def _alert_key(session: Session, case_id: int, posted: bool) -> str:
    """The key of the case's alert, which its redraws keep."""
    alert = session.exec(
        select(OutboxItem)
        .where(OutboxItem.case_id == case_id, OutboxItem.kind == OutboxKind.SLACK_ALERT)
        .order_by(col(OutboxItem.id).desc())
    ).first()
    if not posted and (alert is None or alert.state not in OutboxState.unfinished()):
        raise SendRefused("The case has no alert in Slack, so there is nothing to add to.")
    return alert.key if alert is not None else f"case:{case_id}:alert"


def _key_of(message: dict[str, Any]) -> str | None:
    found = message.get("blocks") or []
    return found[0].get("block_id") if found else None


def _retry(error: SendError | SendRefused) -> SendError:
    """Nothing is refused for good while it is unknown whether it arrived."""
    return error if isinstance(error, SendError) else SendError(str(error))
