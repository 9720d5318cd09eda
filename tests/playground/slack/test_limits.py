"""Slack's limits, at the edge and one beyond it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.slack import limits

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def view(**changes: Any) -> Json:
    return {"type": "modal", "title": plain("T"), "submit": plain("Go"), "blocks": []} | changes


def inputs(**changes: Any) -> list[Json]:
    element = {"type": "plain_text_input", "action_id": "a"} | changes
    return [{"type": "input", "block_id": "b", "label": plain("L"), "element": element}]


def option(n: int) -> Json:
    return {"text": plain(f"o{n}"), "value": f"v{n}"}


def menu(kind: str, count: int) -> list[Json]:
    return inputs(type=kind, options=[option(n) for n in range(count)])


@pytest.mark.parametrize(
    ("name", "most"), [("title", limits.VIEW_TITLE), ("submit", 24), ("close", 24)]
)
def test_view_texts(name: str, most: int) -> None:
    assert limits.problems_of_view(view(**{name: plain("x" * most)})) == []
    (problem,) = limits.problems_of_view(view(**{name: plain("x" * (most + 1))}))
    assert f"/view/{name}/text" in problem


@pytest.mark.parametrize(
    ("kind", "most"), [("static_select", 100), ("radio_buttons", 10), ("checkboxes", 10)]
)
def test_options(kind: str, most: int) -> None:
    assert limits.problems_of_view(view(blocks=menu(kind, most))) == []
    assert limits.problems_of_view(view(blocks=menu(kind, most + 1)))
    assert limits.problems_of_view(view(blocks=menu(kind, 0)))


@pytest.mark.parametrize(
    "wrong", [[], [option(2)], [option(0), option(2)], [{"value": "v0"}], "v0", ["v0"]], ids=str
)
def test_boxes_that_are_ticked_at_first(wrong: Any) -> None:
    (block,) = menu("checkboxes", 2)
    for right in ([option(1)], [option(0), option(1)]):
        block["element"]["initial_options"] = right
        assert limits.problems_of_view(view(blocks=[block])) == []
    block["element"]["initial_options"] = wrong
    assert (
        "/view/blocks/0/element/initial_options" in limits.problems_of_view(view(blocks=[block]))[0]
    )


def test_a_choice_that_is_made_at_first() -> None:
    (block,) = menu("static_select", 2)
    block["element"]["initial_option"] = option(1)
    assert limits.problems_of_view(view(blocks=[block])) == []
    block["element"]["initial_option"] = option(2)
    assert "initial_option" in limits.problems_of_view(view(blocks=[block]))[0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_length": 3001},
        {"max_length": 0},
        {"min_length": 5, "max_length": 4},
        {"max_length": 10, "initial_value": "x" * 11},
        {"action_id": ""},
        {"type": "button"},
    ],
)
def test_wrong_inputs(wrong: Json) -> None:
    assert limits.problems_of_view(view(blocks=inputs())) == []
    assert limits.problems_of_view(view(blocks=inputs(**wrong)))


def test_an_input_needs_a_modal_with_a_submit_button() -> None:
    assert limits.problems_of_blocks(inputs())
    assert limits.problems_of_view(view(blocks=inputs(), submit=None))


@given(st.integers(1, 6000))
def test_section_text_has_one_edge(length: int) -> None:
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * length}}
    assert (limits.problems_of_blocks([block]) == []) == (length <= limits.SECTION_TEXT)


_KINDS = ("section", "actions", "context", "header", "input", "image")
_ELEMENTS = ("button", "overflow", "static_select", "plain_text_input", "checkboxes", "image")
_scalar = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
_anything = st.recursive(
    _scalar,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["text", "type", "value", "options", "title", "confirm"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=4,
)


def _object(kinds: tuple[str, ...], *names: str) -> st.SearchStrategy[Json]:
    """An object of a known kind whose other fields are anything at all."""
    optional = dict.fromkeys(names, _anything)
    return st.fixed_dictionaries({"type": st.sampled_from(kinds)}, optional=optional)


_element = _object(
    _ELEMENTS, "text", "action_id", "options", "option_groups", "min_length", "confirm", "value"
)
_block = st.builds(
    lambda block, one, many: block | {"element": one, "accessory": one, "elements": many},
    _object(_KINDS, "text", "fields", "label", "block_id", "alt_text"),
    _element,
    st.lists(_element | _scalar, max_size=3),
)


@given(st.lists(_block | _anything, max_size=3) | _anything)
def test_nonsense_never_breaks_the_check(nonsense: Any) -> None:
    for found in (
        limits.problems_of_blocks(nonsense),
        limits.problems_of_view(view(blocks=nonsense)),
        limits.problems_of_view(nonsense),
    ):
        assert all(problem.startswith("[ERROR] ") for problem in found)
