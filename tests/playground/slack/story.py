"""A few messages and conversations to look at, and an app that answers as the product would."""

from datetime import UTC, datetime, timedelta
from typing import Any

from slack_bolt import Ack, App, Respond
from slack_sdk import WebClient

from playground.public import PublicPost, PublicThread

Json = dict[str, Any]
HOSTILE = "<script>document.title='taken'</script> & &lt;b&gt;"


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def button(action_id: str, text: str, **more: Any) -> Json:
    return {"type": "button", "action_id": action_id, "text": plain(text), "value": "7"} | more


def alert(case: str, text: str, owner: str | None = None) -> list[Json]:
    option = {"text": plain("Open on X"), "value": "open"}
    later = {"text": plain("Remind me in an hour"), "value": "later"}
    confirm = {
        "title": plain("Not a complaint?"),
        "text": plain("The case is closed, and the customer gets no answer."),
        "confirm": plain("Close the case"),
        "deny": plain("Keep it"),
        "style": "danger",
    }
    quote = "\n".join(f"&gt; {line}" for line in escaped(text).split("\n"))
    return [
        {"type": "header", "text": plain(f"🔴 Critical · case {case}")},
        {
            "type": "section",
            "text": mrkdwn(f"*Wanda Pell* <https://x.example/wanda|@wanda_p> on *X*\n{quote}"),
            "accessory": {
                "type": "overflow",
                "action_id": "more",
                "options": [option, later],
            },
        },
        {
            "type": "section",
            "fields": [
                mrkdwn("*Why*\nStranded at night, _second_ time this week"),
                mrkdwn("*Answer until*\n14:30, in 25 minutes"),
                mrkdwn("*Suggested*\n:gift: Taxi refund, 40.00 EUR"),
                mrkdwn(f"*With*\n{f'<@{owner}>' if owner else 'nobody yet'}"),
            ],
        },
        {"type": "context", "elements": [mrkdwn("1,204 followers · :eyes: seen by 3,100")]},
        {
            "type": "actions",
            "block_id": f"case:{case}",
            "elements": [
                button("claim", "Claim", style="primary"),
                button("reply", "Reply…"),
                button("dismiss", "Not a complaint", style="danger", confirm=confirm),
            ],
        },
    ]


def reply_modal() -> Json:
    text = {
        "type": "plain_text_input",
        "action_id": "text",
        "multiline": True,
        "max_length": 280,
        "initial_value": "I am so sorry, Wanda.",
    }
    tone = {
        "type": "radio_buttons",
        "action_id": "tone",
        "options": [
            {"text": plain("In public"), "value": "public"},
            {"text": plain("Move to messages"), "value": "private"},
        ],
        "initial_option": {"text": plain("In public"), "value": "public"},
    }
    gestures = {
        "type": "checkboxes",
        "action_id": "gestures",
        "options": [
            {"text": plain("Taxi refund"), "description": plain("40.00 EUR"), "value": "taxi"},
            {"text": plain("500 feathers"), "description": plain("5.00 EUR"), "value": "points"},
        ],
    }
    why = {
        "type": "static_select",
        "action_id": "why",
        "placeholder": plain("Choose a reason"),
        "options": [{"text": plain("Delay"), "value": "delay"}],
    }
    return {
        "type": "modal",
        "callback_id": "reply",
        "title": plain("Reply to @wanda_p"),
        "submit": plain("Send reply"),
        "close": plain("Cancel"),
        "blocks": [
            {"type": "section", "text": mrkdwn("&gt; Stuck at Pellgate *again*.")},
            {
                "type": "input",
                "block_id": "reply",
                "label": plain("Your reply, public on X"),
                "hint": plain("No amounts in public."),
                "element": text,
            },
            {"type": "input", "block_id": "tone", "label": plain("Where"), "element": tone},
            {
                "type": "input",
                "block_id": "gestures",
                "optional": True,
                "label": plain("Gestures"),
                "element": gestures,
            },
            {
                "type": "input",
                "block_id": "why",
                "optional": True,
                "label": plain("Reason"),
                "element": why,
            },
            {"type": "context", "elements": [mrkdwn("It goes out under *@larkline*.")]},
        ],
    }


class Conversations:
    """A network with one customer, answered when the app sends a reply."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.start = datetime.now(UTC) - timedelta(minutes=8)

    def public_threads(self) -> list[PublicThread]:
        first = PublicPost(
            "1", "Wanda Pell", "wanda_p", f"Stuck at Pellgate again. {HOSTILE}", self.start, False
        )
        answers = [
            PublicPost(f"1-{n}", "Larkline", "larkline", text, self.start, True, "1")
            for n, text in enumerate(self.sent)
        ]
        other = PublicPost(
            "2", "mossy_kettle", "mossy_kettle", "Fourth time.\nI am done.", self.start, False
        )
        title = "Nestbox ate my parcel"
        return [
            PublicThread("1", "x", (first, *answers)),
            PublicThread("2", "reddit", (other,), "r/larkline", title),
        ]


def product(app: App, network: Conversations) -> None:
    """Listeners in the manner of the product: claim, reply by a modal, a whisper."""

    @app.action("claim")
    def claim(ack: Ack, body: Json, client: WebClient) -> None:
        ack()
        user, message = body["user"]["id"], body["message"]
        blocks = alert("7", "Stuck at Pellgate again.", user)
        client.chat_update(
            channel=body["channel"]["id"], ts=message["ts"], text="Claimed", blocks=blocks
        )

    @app.action("reply")
    def reply(ack: Ack, body: Json, client: WebClient) -> None:
        ack()
        view = reply_modal() | {"private_metadata": body["message"]["ts"]}
        client.views_open(trigger_id=body["trigger_id"], view=view)

    @app.action("dismiss")
    def dismiss(ack: Ack, body: Json, client: WebClient) -> None:
        ack()
        ts = body["message"]["ts"]
        channel = body["channel"]["id"]
        client.chat_update(channel=channel, ts=ts, text="Not a complaint", blocks=[])

    @app.action("more")
    def more(ack: Ack, body: Json, respond: Respond) -> None:
        ack()
        chosen = body["actions"][0]["selected_option"]["value"]
        respond(text=f"You chose {chosen}.", replace_original=False)

    @app.view("reply")
    def send(ack: Ack, body: Json, view: Json, client: WebClient) -> None:
        text = view["state"]["values"]["reply"]["text"]["value"]
        if "EUR" in text:
            ack(response_action="errors", errors={"reply": "Leave amounts out of public replies."})
            return
        ack()
        network.sent.append(text)
        client.chat_postMessage(
            channel="#care",
            thread_ts=view["private_metadata"],
            text=f":outbox_tray: <@{body['user']['id']}> replied:\n&gt; {escaped(text)}",
        )
