"""The whole product as a person meets it: `amends demo` in a process of its own, in a browser."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from playground.story import StoryPost, load

STORY = load()
# Story minutes a real minute: slow enough that the storm comes after the test, quick enough that
# a customer who answers within minutes is heard within seconds.
PACE = 60
START_SECONDS = 40.0
# Also for a redraw, which waits in the outbox behind the alerts of the opening backlog.
SOON_MS = 20_000
REPLY = "We are on it, and you will hear from a person today. Thank you for your patience."


@dataclass
class Demo:
    url: str
    log: Path

    def open(self, page: Page) -> None:
        page.goto(self.url)
        expect(page.locator("#app-status")).to_have_text("amends is connected")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo of its own port and home; it must end well and have logged no error."""
    home = tmp_path_factory.mktemp("demo")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if name[:7] != "AMENDS_"} | {
        "AMENDS_HOME": str(home), "AMENDS_HTTP__PORT": str(port), "PYTHONUNBUFFERED": "1",
    }  # fmt: skip
    demo = Demo(f"http://127.0.0.1:{port}", home / "log")
    with demo.log.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "amends", "demo", "--pace", str(PACE)],
            env=environment, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        _wait_for_page(demo, process)
        yield demo
    finally:
        process.send_signal(signal.SIGINT)
        status = process.wait(20)
    assert status == 0
    said = demo.log.read_text()
    assert "Traceback" not in said, said
    assert not re.search(r"\[(error|critical) *\]", said), said


def _wait_for_page(demo: Demo, process: "subprocess.Popen[bytes]") -> None:
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up:
        assert process.poll() is None, demo.log.read_text()
        try:
            with urllib.request.urlopen(demo.url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the demo did not start: {demo.log.read_text()}")


def test_from_claim_to_the_customers_next_word(demo: Demo, page: Page, tmp_path: Path) -> None:
    demo.open(page)
    told, alert = _alert_of(page, _who_will_react())
    page.screenshot(path=tmp_path / "1-backlog.png")

    alert.get_by_role("button", name="Claim").click()
    expect(alert).to_contain_text("@Ana Ruiz has it since", timeout=SOON_MS)
    expect(alert.get_by_role("button", name="Claim")).to_have_count(0)
    expect(alert.get_by_role("button", name="Release")).to_be_visible()
    page.screenshot(path=tmp_path / "2-claimed.png")

    page.get_by_role("button", name="Ben Okafor").click()
    alert.get_by_role("button", name="Reply…").click()
    whisper = page.locator("#list .whisper").last
    expect(whisper).to_contain_text("Only visible to you")
    expect(whisper).to_contain_text(re.compile(r"@Ana Ruiz has case \d+\."))
    # Ben reads far above the channel's end, where the word to him alone stands.
    expect(whisper).not_to_be_in_viewport()
    expect(page.get_by_role("status")).to_contain_text("@Ana Ruiz has case")
    expect(page.get_by_role("dialog", name="Reply in public")).to_have_count(0)
    page.screenshot(path=tmp_path / "3-whisper.png")

    page.get_by_role("button", name="Ana Ruiz").click()
    expect(page.locator("#list .whisper")).to_have_count(0)
    alert.get_by_role("button", name="Reply…").click()
    window = page.get_by_role("dialog", name="Reply in public")
    field = window.get_by_label("Your reply")
    expect(window).to_contain_text(_head(told))
    page.screenshot(path=tmp_path / "4-window.png")
    long = "We are very sorry. " * 20
    field.fill(long)
    window.get_by_role("button", name="Send reply").click()
    error = window.get_by_role("alert").filter(has_text="characters too long; 280 fit here.")
    expect(error).to_be_visible()
    expect(field).to_have_value(long)
    page.screenshot(path=tmp_path / "5-too-long.png")

    field.fill(REPLY)
    window.get_by_role("button", name="Send reply").click()
    expect(window).to_be_hidden()
    public = page.get_by_role("region", name="What the public sees")
    ours = public.locator(".post.brand").filter(has_text=REPLY)
    expect(ours).to_contain_text("Brand’s reply", timeout=SOON_MS)
    assert ours.count() == 1
    page.screenshot(path=tmp_path / "6-public.png")

    alert.locator("button.replies").click()
    thread = page.get_by_role("list", name="Thread")
    expect(thread).to_contain_text(f"Sent: {REPLY}")
    said = STORY.follow_ups_to(told.key)[0].text
    expect(thread).to_contain_text(_head_of(said), timeout=SOON_MS)
    page.screenshot(path=tmp_path / "7-customer-answers.png")


def test_not_a_complaint_and_undo(demo: Demo, page: Page, tmp_path: Path) -> None:
    demo.open(page)
    alert = _free_alert(page)
    before = alert.inner_text()
    alert.get_by_role("button", name="Not a complaint").click()
    expect(alert).to_contain_text("Not a complaint. @Ana Ruiz", timeout=SOON_MS)
    expect(alert.locator(".k-actions button")).to_have_text(["Undo"])
    expect(alert).to_be_in_viewport()
    page.screenshot(path=tmp_path / "dismissed.png")
    alert.get_by_role("button", name="Undo").click()
    expect(alert.get_by_role("button", name="Claim")).to_be_visible()
    assert _quoted(alert.inner_text()) == _quoted(before)


def test_a_correction_changes_the_alert_and_says_who_made_it(
    demo: Demo, page: Page, tmp_path: Path
) -> None:
    demo.open(page)
    alert = _free_alert(page)
    alert.get_by_role("button", name="Correct…").click()
    window = page.get_by_role("dialog", name="Correct this case")
    urgency = window.get_by_label("How urgent is it?")
    issue = window.get_by_label("What is it about?")
    anger = window.get_by_label("How angry is the customer?")
    expect(urgency.locator("option:checked")).to_contain_text("answer within")
    expect(window).to_contain_text("The deadline follows the urgency.")
    page.screenshot(path=tmp_path / "1-window.png")

    window.get_by_role("button", name="Correct", exact=True).click()
    expect(window.get_by_role("alert").filter(has_text="Nothing is different")).to_be_visible()
    page.screenshot(path=tmp_path / "2-nothing-different.png")

    levels = ["Calm", "Annoyed", "Angry", "Furious"]
    present = anger.locator("option:checked").inner_text()
    other = levels[levels.index(present) - 1]
    same = (urgency.input_value(), issue.input_value())
    anger.select_option(label=other)
    window.get_by_role("button", name="Correct", exact=True).click()
    expect(window).to_be_hidden()
    expect(alert).to_contain_text(
        re.compile(r"Corrected by @Ana Ruiz, .+: anger\."), timeout=SOON_MS
    )
    page.screenshot(path=tmp_path / "3-corrected.png")

    alert.get_by_role("button", name="Correct…").click()
    expect(anger.locator("option:checked")).to_have_text(other)
    assert (urgency.input_value(), issue.input_value()) == same
    risks = window.get_by_role("group", name="Which risks are there?")
    press = risks.get_by_label("Press")
    expect(press).not_to_be_checked()
    press.check()
    page.screenshot(path=tmp_path / "4-risks.png")
    window.get_by_role("button", name="Correct", exact=True).click()
    expect(window).to_be_hidden()
    expect(alert).to_contain_text("risks (added: press)", timeout=SOON_MS)
    expect(alert).to_contain_text("a lead reads along")

    alert.get_by_role("button", name="Correct…").click()
    expect(press).to_be_checked()
    press.uncheck()
    window.get_by_role("button", name="Correct", exact=True).click()
    expect(window).to_be_hidden()
    expect(alert).to_contain_text("risks (taken away: press)", timeout=SOON_MS)

    alert.get_by_role("button", name="Correct…").click()
    expect(press).not_to_be_checked()
    window.get_by_role("button", name="Cancel").click()
    expect(window).to_be_hidden()


def test_a_view_that_is_stale_gets_a_sentence_and_changes_nothing(
    demo: Demo, page: Page, browser: Browser
) -> None:
    demo.open(page)
    alert = _free_alert(page)
    ts = alert.get_attribute("data-ts")
    other = browser.new_context()
    late = other.new_page()
    demo.open(late)
    late.get_by_role("button", name="Ben Okafor").click()
    stale = late.locator(f'#list [data-ts="{ts}"]')
    expect(stale.get_by_role("button", name="Claim")).to_be_visible()
    # Nothing new reaches Ben's page while Ana claims.
    late.route("**/desk/state*", lambda route: route.fulfill(status=204))

    alert.get_by_role("button", name="Claim").click()
    expect(alert).to_contain_text("@Ana Ruiz has it since", timeout=SOON_MS)
    stale.get_by_role("button", name="Claim").click()
    stale.get_by_role("button", name="Not a complaint").click()
    late.unroute("**/desk/state*")
    whispers = late.locator("#list .whisper").filter(has_text="Only visible to you")
    expect(whispers).to_have_count(2)
    for whisper in whispers.all():
        expect(whisper).to_contain_text(re.compile(r"@Ana Ruiz has case \d+\."))
    expect(stale).to_contain_text("@Ana Ruiz has it since")
    other.close()

    alert.get_by_role("button", name="Release").click()
    expect(alert.get_by_role("button", name="Claim")).to_be_visible()


def test_on_a_phone_in_the_dark_nothing_is_cut_off(
    demo: Demo, browser: Browser, tmp_path: Path
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, color_scheme="dark")
    page = context.new_page()
    demo.open(page)
    alert = _free_alert(page)
    alert.scroll_into_view_if_needed()
    page.screenshot(path=tmp_path / "phone.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    wide = "nodes => nodes.filter(n => n.scrollWidth > n.clientWidth + 1).length"
    assert page.locator("#list .k-prose, #list .k-context").evaluate_all(wide) == 0
    context.close()


def _who_will_react() -> list[StoryPost]:
    """Customers of the backlog on X who called the brand once and soon react to its answer."""
    soon = [each for each in STORY.follow_ups if each.after_minutes <= 10]
    posts = {each.to: STORY.by_key[each.to] for each in soon}
    wrote = Counter(post.author for post in STORY.posts if post.channel == "x")
    return [
        post for post in posts.values()
        if post.channel == "x" and post.mentions_brand and post.minute < 0
        and wrote[post.author] == 1  # else the window shows what they wrote last
    ]  # fmt: skip


def _alert_of(page: Page, posts: list[StoryPost]) -> tuple[StoryPost, Locator]:
    """The first of these posts that stands in an alert which can be claimed, and that alert."""
    heads = [_head(post) for post in posts]
    found = page.wait_for_function(
        """heads => {
          const flat = (node) => node.textContent.replace(/\\s+/g, " ");
          for (const node of document.querySelectorAll("#list .message")) {
            const free = node.querySelector('[data-action="claim"]');
            const index = free ? heads.findIndex((head) => flat(node).includes(head)) : -1;
            if (index >= 0) return [index, node.dataset.ts];
          }
          return null;
        }""",
        arg=heads,
        timeout=SOON_MS,
    ).json_value()
    return posts[found[0]], page.locator(f'#list [data-ts="{found[1]}"]')


def _free_alert(page: Page) -> Locator:
    """The oldest alert that nobody has."""
    claim = page.locator('#list [data-action="claim"]').first
    claim.wait_for(timeout=SOON_MS)
    ts = claim.evaluate("button => button.closest('[data-ts]').dataset.ts")
    return page.locator(f'#list [data-ts="{ts}"]')


def _head(post: StoryPost) -> str:
    return _head_of(post.text)


def _head_of(text: str) -> str:
    """The beginning of a text as the page shows it."""
    return " ".join(text.split())[:40].rstrip()


def _quoted(text: str) -> str:
    """An alert without its hours."""
    return re.sub(r"\d\d:\d\d( [AP]M)?( \(edited\)|\n\(edited\))?", "", text).replace(
        "(edited)", ""
    )
