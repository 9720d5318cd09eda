"""The Bolt app: buttons and windows, each listener acknowledging, parsing, calling the desk.

It listens to no message. What people write in a Slack thread stays in Slack and can never reach a
customer; the only way out is the window behind *Reply…*. Nor does a listener redraw an alert:
every change of a case leaves a redraw in the outbox, so that it survives a crash.
"""

import logging
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import stamina
import structlog
from slack_bolt import Ack, App, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from sqlalchemy import Engine

from config.policy import Policy
from models.database import reading, writing
from recovery import desk
from recovery.refusals import Refused
from recovery.slack import correction, modal, mrkdwn, parts
from recovery.slack.deliveries import Deliveries
from recovery.slack.hurry import writing_soon
from recovery.slack.press import Press
from recovery.view import CaseView

DEEDS = {
    parts.CLAIM: desk.claim,
    parts.RELEASE: desk.release,
    parts.DISMISS: desk.dismiss,
    parts.UNDO: desk.reopen,
    parts.BY_HAND: desk.answered_by_hand,
}
THREADS = 5
LABELS = {parts.REPLY: "Reply…", parts.CORRECT: "Correct…"}
TOO_SLOW = "Slack closed the door before the window could open. Please press *{label}* again."
WORTH_WAITING_SECONDS = 5.0
_TRIGGER_GONE = frozenset({"expired_trigger_id", "exchanged_trigger_id", "trigger_expired"})

log = structlog.get_logger(__name__)


def build_app(
    client: WebClient,
    engine: Engine,
    policy: Policy,
    clock: Callable[[], datetime],
    wake: Callable[[], None],
) -> App:
    """The app with its listeners; makes no network call. `wake` is called after each change.

    The app's own client has no token: the listeners use `client`, and a click is acknowledged
    without first asking Slack who we are.
    """

    def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=client.token)

    app = App(
        name="amends",
        # Else Bolt's loggers, and those of the connection, take the level of the root.
        logger=logging.getLogger("slack_bolt"),
        client=WebClient(base_url=client.base_url),
        authorize=authorize,
    )
    face = _Face(client, engine, policy, clock, wake)
    for action in DEEDS:
        app.action(action)(face.press)
    for action in LABELS:
        app.action(action)(face.open)
    app.view(modal.REPLY_FORM)(face.send)
    app.view(modal.HAND_FORM)(face.confirm)
    app.view(correction.FORM)(face.correct)
    app.error(face.failed)
    return app


@dataclass(frozen=True, slots=True)
class _Face:
    client: WebClient
    engine: Engine
    policy: Policy
    clock: Callable[[], datetime]
    wake: Callable[[], None]
    deliveries: Deliveries = field(default_factory=Deliveries)
    workers: Executor = field(default_factory=lambda: ThreadPoolExecutor(THREADS, "slack click"))

    def press(self, ack: Ack, body: dict[str, Any]) -> None:
        """A button that does its deed at once."""
        ack()
        self._begin(body, self._do)

    def open(self, ack: Ack, body: dict[str, Any]) -> None:
        """*Reply…* and *Correct…*: open the window, or say why there is nothing to do in it."""
        ack()
        self._begin(body, lambda press: self._open(press, body["trigger_id"]))

    def send(self, ack: Ack, body: dict[str, Any]) -> None:
        """*Send reply*: queue it; what is wrong stands under the input and no word is lost."""
        view, text = body["view"], modal.written(body["view"])
        ticket = modal.Ticket.load(view["private_metadata"])

        def work() -> None:
            modal.refuse_shortcodes(text)
            with writing_soon(self.engine) as session:
                desk.reply(
                    session, self.policy, ticket.case_id, text, ticket.attempt,
                    body["user"]["id"], self.clock(),
                )  # fmt: skip
            self.wake()

        try:
            self.deliveries.once(view["id"], work)
        except Refused as refusal:
            ack(response_action="errors", errors=modal.under_input(str(refusal)))
        else:
            ack()

    def confirm(self, ack: Ack, body: dict[str, Any]) -> None:
        """*I answered it*, in the window for channels where only a person may answer."""
        view = body["view"]
        ticket = modal.Ticket.load(view["private_metadata"])

        def work() -> None:
            with writing_soon(self.engine) as session:
                desk.answered_by_hand(
                    session, self.policy, ticket.case_id, body["user"]["id"], self.clock()
                )
            self.wake()

        try:
            self.deliveries.once(view["id"], work)
        except Refused as refusal:
            ack(response_action="update", view=modal.notice(str(refusal)))
        else:
            ack()

    def correct(self, ack: Ack, body: dict[str, Any]) -> None:
        """*Correct*: set right what amends said; what is wrong stands under a menu."""
        view = body["view"]

        def work() -> None:
            ticket = correction.Ticket.load(view["private_metadata"])
            right = correction.chosen(view)
            with writing_soon(self.engine) as session:
                ticket.refuse_stale(desk.hold(session, self.policy, ticket.case_id))
                desk.correct(
                    session, self.policy, ticket.case_id, body["user"]["id"], self.clock(),
                    urgency=right.urgency, category=right.category, anger=right.anger,
                    risks=right.risks, by=_name(body["user"]),
                )  # fmt: skip
            self.wake()

        try:
            self.deliveries.once(view["id"], work)
        except Refused as refusal:
            ack(response_action="errors", errors=correction.under_menu(refusal))
        else:
            ack()

    def failed(self, error: Exception, body: dict[str, Any]) -> BoltResponse | None:
        """Log what nobody expected, and tell the person that nothing happened."""
        kind = body.get("type")
        log.error("A click in Slack failed; nothing was changed", kind=kind, exc_info=error)
        if kind == "view_submission":
            return BoltResponse(status=200, body=modal.failure(body["view"]))
        if kind == "block_actions":
            self._whisper(Press.read(body), modal.FAILED)
        return None

    def _begin(self, body: dict[str, Any], deed: Callable[[Press], None]) -> None:
        """Do it in a thread of ours: Bolt forgets an acknowledgement when its listener raises."""

        def work() -> None:
            press = Press.read(body)
            self.deliveries.once(press.key, lambda: deed(press))

        def ended(future: Future[None]) -> None:
            if isinstance(error := future.exception(), Exception):
                self.failed(error, body)

        self.workers.submit(work).add_done_callback(ended)

    def _do(self, press: Press) -> None:
        try:
            with writing(self.engine) as session:
                deed = DEEDS[press.action]
                deed(session, self.policy, press.case_id, press.user, self.clock())
        except Refused as refusal:
            self._whisper(press, str(refusal))
        else:
            self.wake()

    def _open(self, press: Press, trigger_id: str) -> None:
        try:
            with reading(self.engine) as session:
                view = desk.view(session, self.policy, press.case_id)
            form = self._window(view, press)
        except Refused as refusal:
            self._whisper(press, str(refusal))
            return
        try:
            self.client.views_open(trigger_id=trigger_id, view=form)
        except SlackApiError as error:
            if error.response.get("error") not in _TRIGGER_GONE:
                raise
            self._whisper(press, TOO_SLOW.format(label=LABELS[press.action]))

    def _window(self, view: CaseView, press: Press) -> modal.Modal:
        if press.action == parts.CORRECT:
            correction.refuse_idle(view)
            return correction.form(view, self.policy, press.user)
        modal.refuse_idle(view, press.user)
        return modal.form(view, press.channel, press.ts)

    def _whisper(self, press: Press, text: str) -> None:
        """Say a sentence to one person; where even that fails, there is nobody left to tell."""
        words = mrkdwn.sentence(text)
        try:
            for attempt in stamina.retry_context(on=_short_pause, attempts=2):
                with attempt:
                    self.client.chat_postEphemeral(
                        channel=press.channel, user=press.user, text=words
                    )
        except (SlackApiError, OSError) as error:
            log.warning("Slack did not take a word to one person", text=text, error=str(error))


def _name(user: dict[str, Any]) -> str:
    """A person of the team by name: a mention would call them, who know already."""
    name = user.get("name") or user.get("username")
    return mrkdwn.cut(name, 60) if isinstance(name, str) and name.strip() else "A colleague"


def _short_pause(error: Exception) -> bool | float:
    """The seconds that Slack asks to wait, where a person would still be looking then."""
    if not isinstance(error, SlackApiError) or error.response.get("error") != "ratelimited":
        return False
    seconds = float(error.response.headers.get("Retry-After", 1))
    return seconds if seconds <= WORTH_WAITING_SECONDS else False
