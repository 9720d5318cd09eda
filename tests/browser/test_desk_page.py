"""The channel's page in a browser, with a real Bolt app behind it."""

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from fastapi import FastAPI
from playwright.sync_api import Page, expect
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from playground.serving import serve
from playground.slack import SlackWorkspace, slack_app
from playground.slack.page import desk_page
from tests.playground.slack.story import HOSTILE, Conversations, alert, escaped, product

ANA, BEN, MIRA = "U0ANARUIZ1", "U0BENOKAF1", "U0MIRAHOL1"


@dataclass
class Desk:
    url: str
    workspace: SlackWorkspace
    client: WebClient
    network: Conversations

    def alert(self, text: str = "Stuck at Pellgate again.") -> str:
        answer = self.client.chat_postMessage(
            channel="#care", text="An angry customer", blocks=alert("7", text)
        )
        return str(answer["ts"])


@pytest.fixture
def desk() -> Iterator[Desk]:
    workspace, network = SlackWorkspace(), Conversations()
    slack = serve(slack_app(workspace))
    page_app = FastAPI()
    page_app.include_router(desk_page(workspace, [network]))
    served = serve(page_app)
    client = WebClient(workspace.bot_token, f"{slack.url}/api/")
    app = App(client=client)
    product(app, network)
    handler = SocketModeHandler(app, workspace.app_token)
    handler.connect()  # type: ignore[no-untyped-call]  # slack_bolt leaves it untyped
    workspace.hub.wait_connected(5)
    yield Desk(served.url, workspace, client, network)
    handler.close()  # type: ignore[no-untyped-call]  # slack_bolt leaves it untyped
    served.stop()
    slack.stop()


def test_claim_reply_and_see_it_in_thread_and_public(desk: Desk, page: Page) -> None:
    ts = desk.alert()
    page.goto(desk.url)
    message = page.locator(f'#list [data-ts="{ts}"]')
    message.get_by_role("button", name="Claim").click()
    expect(message).to_contain_text("@Ana Ruiz")

    message.get_by_role("button", name="Reply…").click()
    modal = page.get_by_role("dialog", name="Reply to @wanda_p")
    text = modal.get_by_label("Your reply, public on X")
    expect(text).to_have_value("I am so sorry, Wanda.")
    text.fill("")
    modal.get_by_role("button", name="Send reply").click()
    expect(modal).to_contain_text("Please complete this required field.")
    text.fill("Here are 40 EUR")
    modal.get_by_role("button", name="Send reply").click()
    expect(modal).to_contain_text("Leave amounts out of public replies.")
    expect(text).to_have_value("Here are 40 EUR")
    expect(text).to_have_attribute("aria-invalid", "true")
    text.fill("So sorry, Wanda. <b>We</b> write to you now.")
    modal.get_by_role("button", name="Send reply").click()
    expect(modal).to_be_hidden()
    assert desk.network.sent == ["So sorry, Wanda. <b>We</b> write to you now."]

    public = page.get_by_role("region", name="What the public sees")
    brand = public.locator(".post.brand")
    expect(brand).to_contain_text("Brand’s reply")
    expect(brand).to_contain_text("<b>We</b> write to you now.")
    message.get_by_role("button", name="1 reply").click()
    thread = page.get_by_role("list", name="Thread")
    expect(thread).to_contain_text("@Ana Ruiz replied:")
    expect(thread.locator("blockquote")).to_contain_text(["Stuck", "<b>We</b> write to you"])


def test_two_people_can_be_played(desk: Desk, page: Page) -> None:
    ts = desk.alert()
    desk.client.chat_postEphemeral(channel="#care", user=BEN, text="For Ben alone.")
    page.goto(desk.url)
    expect(page.locator(f'#list [data-ts="{ts}"]')).to_be_visible()
    expect(page.get_by_text("For Ben alone.")).to_have_count(0)
    page.get_by_role("button", name="Ben Okafor").click()
    expect(page.locator(".whisper")).to_contain_text("Only visible to you")
    page.locator(f'#list [data-ts="{ts}"]').get_by_role("button", name="Claim").click()
    expect(page.locator(f'#list [data-ts="{ts}"]')).to_contain_text("@Ben Okafor")


def test_confirm_asks_first_and_overflow_answers(desk: Desk, page: Page) -> None:
    ts = desk.alert()
    page.goto(desk.url)
    message = page.locator(f'#list [data-ts="{ts}"]')
    message.get_by_label("More actions").click()
    message.get_by_role("button", name="Remind me in an hour").click()
    expect(page.locator(".whisper")).to_contain_text("You chose later.")
    message.get_by_role("button", name="Not a complaint").click()
    page.get_by_role("dialog").get_by_role("button", name="Keep it").click()
    expect(message).to_contain_text("Critical")
    message.get_by_role("button", name="Not a complaint").click()
    page.get_by_role("dialog").get_by_role("button", name="Close the case").click()
    expect(message).not_to_contain_text("Claim")


def test_keyboard_alone_opens_and_leaves_the_modal(desk: Desk, page: Page) -> None:
    ts = desk.alert()
    page.goto(desk.url)
    page.locator(f'#list [data-ts="{ts}"]').get_by_role("button", name="Reply…").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your reply, public on X")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#modal")).to_be_hidden()
    desk.workspace.wait_for(lambda: not desk.workspace.open_views(ANA))


def test_hostile_posts_stay_text_and_nothing_leaves_the_machine(desk: Desk, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    ts = desk.alert(HOSTILE)
    desk.workspace.say(MIRA, escaped("<img src=x onerror=alert(1)>") + " <javascript:alert(1)|x>")
    page.goto(desk.url)
    expect(page.locator(f'#list [data-ts="{ts}"]')).to_contain_text(HOSTILE)
    expect(page.locator("#list")).to_contain_text("<img src=x onerror=alert(1)>")
    expect(page.locator("#public-list")).to_contain_text(HOSTILE)
    assert page.title() == "#care · Larkline"
    assert page.locator("main script, main img, .pane script, .pane img").count() == 0
    assert page.locator('a[href^="javascript"]').count() == 0
    assert all(url.startswith(desk.url) for url in asked)


def test_dead_app_is_told(desk: Desk, page: Page) -> None:
    ts = desk.alert()
    page.goto(desk.url)
    desk.workspace.hub.ack_seconds = 0.05
    message = page.locator(f'#list [data-ts="{ts}"]')
    expect(message).to_be_visible()
    message.get_by_role("button", name="Claim").evaluate("b => b.dataset.seen = 'yes'")
    desk.client.chat_update(
        channel=desk.workspace.channel_id,
        ts=ts,
        text="x",
        blocks=[
            {
                "type": "actions",
                "elements": [
                    {
                        "type": "button",
                        "action_id": "nobody",
                        "text": {"type": "plain_text", "text": "Nobody listens"},
                    }
                ],
            }
        ],
    )
    message.get_by_role("button", name="Nobody listens").click()
    expect(page.get_by_role("status")).to_contain_text("amends did not answer")


def test_phone_shows_one_pane_at_a_time(desk: Desk, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    desk.alert()
    page.goto(desk.url)
    expect(page.locator("#list .message")).to_be_visible()
    expect(page.locator("#pane")).to_be_hidden()
    page.get_by_role("button", name="Public view").click()
    expect(page.locator("#public-list")).to_contain_text("Stuck at Pellgate again.")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390


def test_other_sites_press_nothing(desk: Desk) -> None:
    """A form of another origin, and a name that was pointed at this machine."""
    ts = desk.alert()
    body = json.dumps({"user": ANA, "ts": ts, "action_id": "claim"}).encode()
    host = desk.url.removeprefix("http://")
    for headers in (
        {"Origin": "https://evil.example"},
        {},
        {"Origin": "http://evil.example", "Host": "evil.example"},
        {"Origin": "null"},
    ):
        sent = {"Content-Type": "application/json", "Host": host} | headers
        request = urllib.request.Request(f"{desk.url}/desk/press", body, sent)
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(request)
        assert refusal.value.code == 403
        refusal.value.close()
    assert desk.workspace.message(ts).edited is False
