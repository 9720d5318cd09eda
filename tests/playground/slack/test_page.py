"""mrkdwn as a tree, and the page's addresses without a browser."""

import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from playground.serving import serve
from playground.slack import SlackWorkspace
from playground.slack.page import desk_page, mrkdwn
from playground.slack.page.state import page_version

NAMES = {"U0ANARUIZ1": "Ana Ruiz", "C0CARE0001": "care"}


def text(value: str) -> dict[str, str]:
    return {"k": "text", "s": value}


@pytest.mark.parametrize(
    ("source", "tree"),
    [
        ("*bold* x", [{"k": "b", "c": [text("bold")]}, text(" x")]),
        ("2*3*4 snake_case_name", [text("2*3*4 snake_case_name")]),
        ("`*x*`", [{"k": "code", "s": "*x*"}]),
        ("<@U0ANARUIZ1>", [{"k": "at", "s": "@Ana Ruiz"}]),
        ("<#C0CARE0001|old>", [{"k": "at", "s": "#care"}]),
        ("<!here>", [{"k": "at", "s": "@here"}]),
        ("<https://a.b/?q=1&amp;r|see>", [{"k": "a", "href": "https://a.b/?q=1&r", "s": "see"}]),
        ("<javascript:alert(1)|x>", [text("<javascript:alert(1)|x>")]),
        ("&lt;@U0ANARUIZ1&gt;", [text("<@U0ANARUIZ1>")]),
        ("&amp;lt;", [text("&lt;")]),
        (
            "<!date^1700000000^{date_short_pretty}, {time}|14 Nov>",
            [
                {
                    "k": "date",
                    "at": 1700000000,
                    "format": "{date_short_pretty}, {time}",
                    "s": "14 Nov",
                }
            ],
        ),
        (
            "&gt; a\n&gt; b\nc",
            [{"k": "quote", "c": [text("a"), {"k": "br"}, text("b")]}, text("c")],
        ),
        ("```a\n*b*```", [{"k": "pre", "s": "a\n*b*"}]),
        (":warning: :no_such:", [text("⚠️ :no_such:")]),
    ],
)
def test_mrkdwn(source: str, tree: list[mrkdwn.Node]) -> None:
    assert mrkdwn.parse(source, NAMES) == tree


def spoken(nodes: list[mrkdwn.Node]) -> str:
    return "".join("\n" if n["k"] == "br" else n.get("s") or spoken(n.get("c", [])) for n in nodes)


def hrefs(nodes: list[mrkdwn.Node]) -> Iterator[str]:
    for node in nodes:
        if "href" in node:
            yield node["href"]
        yield from hrefs(node.get("c", []))


@given(st.text(alphabet=st.sampled_from("<>&|@#!*_~` \nabjavscript:/.http")))
def test_only_web_and_mail_addresses_become_links(source: str) -> None:
    for href in hrefs(mrkdwn.parse(source, NAMES)):
        assert href.lower().startswith(("http://", "https://", "mailto:"))


@given(st.text(alphabet=st.characters(exclude_characters="*_~`>:\n&<")))
def test_plain_words_are_said_as_written(source: str) -> None:
    assert spoken(mrkdwn.parse(source, NAMES)) == source


@given(st.text(alphabet=st.characters(exclude_characters="*_~`:\n>")))
def test_what_was_escaped_is_shown_as_it_was(source: str) -> None:
    sent = source.replace("&", "&amp;").replace("<", "&lt;")
    assert spoken(mrkdwn.parse(sent, NAMES)) == source


@pytest.fixture
def address(workspace: SlackWorkspace) -> Iterator[str]:
    app = FastAPI()
    app.include_router(desk_page(workspace))
    served = serve(app)
    yield served.url
    served.stop()


@pytest.mark.parametrize(
    "path", ["/", "/desk/static/desk.js", "/desk/static/desk.css", "/desk/state?me=U0ANARUIZ1"]
)
def test_answers_carry_a_strict_policy(address: str, path: str) -> None:
    with urllib.request.urlopen(address + path) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1:8717", ""])
def test_other_names_of_this_machine_are_refused(address: str, host: str) -> None:
    request = urllib.request.Request(f"{address}/desk/me", headers={"Host": host})
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request)
    assert refusal.value.code in (400, 403)
    refusal.value.close()


@pytest.mark.parametrize(
    "path", ["/desk/static/desk.py", "/desk/static/..%2fdesk.py", "/desk/state?me=U0NOBODY01"]
)
def test_nothing_else_is_served(address: str, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(address + path)
    assert refusal.value.code == 404
    refusal.value.close()


def test_nothing_new_is_an_empty_answer(address: str, workspace: SlackWorkspace) -> None:
    with urllib.request.urlopen(
        f"{address}/desk/state?me=U0ANARUIZ1&since={page_version(workspace)}"
    ) as answer:
        assert answer.status == 204


def test_a_permalink_leads_to_the_message(address: str) -> None:
    with urllib.request.urlopen(f"{address}/archives/C0CARE0001/p1700000000000100") as answer:
        assert answer.url == f"{address}/#1700000000.000100"


class Scripts(HTMLParser):
    """Counts what a strict policy would block: inline scripts, styles, handlers."""

    def __init__(self) -> None:
        super().__init__()
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in names):
            self.inline.append(tag)
        self.inline += [name for name in names if name == "style" or name.startswith("on")]


def test_the_page_has_nothing_inline_and_no_other_address() -> None:
    static = files("playground.slack.page") / "static"
    page = Scripts()
    page.feed((static / "desk.html").read_text())
    assert page.inline == []
    for name in ("desk.html", "desk.css", "desk.js", "blocks.js", "modal.js", "public.js"):
        source = (static / name).read_text()
        assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|eval\(", source), name
        assert not re.search(r"""["'(]https?://""", source), name
