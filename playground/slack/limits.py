"""Slack's limits on blocks and views, as pure checks.

Source: Slack's Block Kit reference (blocks, block elements, composition objects, views).
"""

from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MESSAGE_TEXT = 40_000
BLOCK_ID = 255
ACTION_ID = 255
BUTTON_TEXT = 75
BUTTON_VALUE = 2_000
URL = 3_000
HEADER_TEXT = 150
SECTION_TEXT = 3_000
SECTION_FIELDS = 10
FIELD_TEXT = 2_000
CONTEXT_ELEMENTS = 10
ACTIONS_ELEMENTS = 25
OPTIONS = 100
CHOICES = 10  # radio buttons, checkboxes
OPTION_TEXT = 75
OPTION_VALUE = 150
PLACEHOLDER = 150
LABEL = 2_000
INPUT_TEXT = 3_000
IMAGE_ALT = 2_000
VIEW_TITLE = 24
PRIVATE_METADATA = 3_000
CALLBACK_ID = 255
CONFIRM = {"title": 100, "text": 300, "confirm": 30, "deny": 30}

_PLAIN = ("plain_text",)
_ANY_TEXT = ("plain_text", "mrkdwn")
_INPUT_ELEMENTS = ("plain_text_input", "static_select", "radio_buttons", "checkboxes")
_ACTION_ELEMENTS = (
    "button",
    "overflow",
    "static_select",
    "radio_buttons",
    "checkboxes",
)


def problems_of_blocks(blocks: Any, *, modal: bool = False) -> list[str]:
    """What Slack would refuse in these blocks, in Slack's own form; empty when nothing."""
    root = "/view/blocks" if modal else "/blocks"
    most = VIEW_BLOCKS if modal else MESSAGE_BLOCKS
    if not isinstance(blocks, list):
        return [_error("must be an array", root)]
    found = []
    if len(blocks) > most:
        found.append(_error(f"no more than {most} items allowed", root))
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        path = f"{root}/{index}"
        if not isinstance(block, dict):
            found.append(_error("must be an object", path))
            continue
        found += _block(block, path, modal)
        block_id = block.get("block_id")
        if block_id is not None and str(block_id) in seen:
            found.append(_error("block_id must be unique", f"{path}/block_id"))
        seen.add(str(block_id))
    return found


def problems_of_view(view: Any) -> list[str]:
    """What Slack would refuse in this modal; empty when nothing."""
    if not isinstance(view, dict):
        return [_error("must be an object", "/view")]
    found = []
    if view.get("type") != "modal":
        found.append(_error("unsupported type", "/view/type"))
    found += _text(view.get("title"), "/view/title", VIEW_TITLE, _PLAIN)
    for name in ("submit", "close"):
        if view.get(name) is not None:
            found += _text(view[name], f"/view/{name}", VIEW_TITLE, _PLAIN)
    found += _length(view.get("private_metadata"), "/view/private_metadata", PRIVATE_METADATA)
    found += _length(view.get("callback_id"), "/view/callback_id", CALLBACK_ID)
    found += _length(view.get("external_id"), "/view/external_id", CALLBACK_ID)
    blocks = view.get("blocks")
    found += problems_of_blocks(blocks, modal=True)
    inputs = isinstance(blocks, list) and any(
        isinstance(block, dict) and block.get("type") == "input" for block in blocks
    )
    if inputs and view.get("submit") is None:
        found.append(_error("submit is required with an input block", "/view/submit"))
    return found


def _error(sentence: str, path: str) -> str:
    return f"[ERROR] {sentence} [json-pointer:{path}]"


def _length(value: Any, path: str, most: int, least: int = 0) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, str):
        return [_error("must be a string", path)]
    if len(value) > most:
        return [_error(f"must be less than {most + 1} characters", path)]
    if len(value) < least:
        return [_error(f"must be more than {least - 1} characters", path)]
    return []


def _text(value: Any, path: str, most: int, kinds: tuple[str, ...] = _ANY_TEXT) -> list[str]:
    if not isinstance(value, dict):
        return [_error("missing required field", path)]
    if value.get("type") not in kinds:
        return [_error(f"must be of type {' or '.join(kinds)}", f"{path}/type")]
    if not isinstance(value.get("text"), str):
        return [_error("missing required field", f"{path}/text")]
    return _length(value["text"], f"{path}/text", most, 1)


def _block(block: Json, path: str, modal: bool) -> list[str]:
    kind = block.get("type")
    found = _length(block.get("block_id"), f"{path}/block_id", BLOCK_ID)
    if kind == "header":
        return found + _text(block.get("text"), f"{path}/text", HEADER_TEXT, _PLAIN)
    if kind == "section":
        return found + _section(block, path)
    if kind == "context":
        elements = _items(block.get("elements"), f"{path}/elements", CONTEXT_ELEMENTS, found)
        for index, element in enumerate(elements):
            where = f"{path}/elements/{index}"
            if element.get("type") == "image":
                found += _length(element.get("alt_text") or "", f"{where}/alt_text", IMAGE_ALT, 1)
            else:
                found += _text(element, where, SECTION_TEXT)
        return found
    if kind == "actions":
        elements = _items(block.get("elements"), f"{path}/elements", ACTIONS_ELEMENTS, found)
        ids = [str(e["action_id"]) for e in elements if e.get("action_id") is not None]
        if len(ids) != len(set(ids)):
            found.append(_error("action_id must be unique in a block", f"{path}/elements"))
        for index, element in enumerate(elements):
            found += _element(element, f"{path}/elements/{index}", _ACTION_ELEMENTS)
        return found
    if kind == "input":
        if not modal:
            return [*found, _error("input blocks are for modals", path)]
        found += _text(block.get("label"), f"{path}/label", LABEL, _PLAIN)
        if block.get("hint") is not None:
            found += _text(block["hint"], f"{path}/hint", LABEL, _PLAIN)
        return found + _element(block.get("element"), f"{path}/element", _INPUT_ELEMENTS)
    if kind == "image":
        return found + _length(block.get("alt_text") or "", f"{path}/alt_text", IMAGE_ALT, 1)
    if kind == "divider":
        return found
    return [*found, _error(f"unsupported type: {kind}", f"{path}/type")]


def _items(value: Any, path: str, most: int, found: list[str]) -> list[Json]:
    """The objects in a list; what is wrong with it is added to `found`."""
    if not isinstance(value, list) or not 1 <= len(value) <= most:
        found.append(_error(f"1 to {most} items allowed", path))
        return []
    if not all(isinstance(item, dict) for item in value):
        found.append(_error("must be objects", path))
    return [item for item in value if isinstance(item, dict)]


def _section(block: Json, path: str) -> list[str]:
    found: list[str] = []
    if block.get("text") is None and not block.get("fields"):
        found.append(_error("either text or fields is required", path))
    if block.get("text") is not None:
        found += _text(block["text"], f"{path}/text", SECTION_TEXT)
    if block.get("fields") is not None:
        fields = _items(block["fields"], f"{path}/fields", SECTION_FIELDS, found)
        for index, field in enumerate(fields):
            found += _text(field, f"{path}/fields/{index}", FIELD_TEXT)
    if block.get("accessory") is not None:
        kinds = (*_ACTION_ELEMENTS, "image")
        found += _element(block["accessory"], f"{path}/accessory", kinds)
    return found


def _element(element: Any, path: str, kinds: tuple[str, ...]) -> list[str]:
    if not isinstance(element, dict):
        return [_error("missing required field", path)]
    kind = element.get("type")
    if kind not in kinds:
        return [_error(f"unsupported type: {kind}", f"{path}/type")]
    if kind == "image":
        return _length(element.get("alt_text") or "", f"{path}/alt_text", IMAGE_ALT, 1)
    found = _length(element.get("action_id"), f"{path}/action_id", ACTION_ID, 1)
    if element.get("confirm") is not None:
        found += _confirm(element["confirm"], f"{path}/confirm")
    if element.get("placeholder") is not None:
        found += _text(element["placeholder"], f"{path}/placeholder", PLACEHOLDER, _PLAIN)
    if kind == "button":
        found += _text(element.get("text"), f"{path}/text", BUTTON_TEXT, _PLAIN)
        found += _length(element.get("value"), f"{path}/value", BUTTON_VALUE)
        found += _length(element.get("url"), f"{path}/url", URL)
        if element.get("style") not in (None, "primary", "danger"):
            found.append(_error("must be primary or danger", f"{path}/style"))
    elif kind == "plain_text_input":
        found += _input(element, path)
    else:
        found += _options(element, path)
    return found


def _input(element: Json, path: str) -> list[str]:
    found = []
    least, most = element.get("min_length", 0), element.get("max_length", INPUT_TEXT)
    if not isinstance(least, int) or not isinstance(most, int):
        return [_error("lengths must be integers", path)]
    if not 0 <= least <= INPUT_TEXT:
        found.append(_error(f"must be 0 to {INPUT_TEXT}", f"{path}/min_length"))
    if not 1 <= most <= INPUT_TEXT or most < least:
        found.append(_error(f"must be 1 to {INPUT_TEXT}", f"{path}/max_length"))
    return found + _length(element.get("initial_value"), f"{path}/initial_value", most)


def _options(element: Json, path: str) -> list[str]:
    kind = element["type"]
    most = OPTIONS if kind == "static_select" else 5 if kind == "overflow" else CHOICES
    found: list[str] = []
    if element.get("option_groups") is not None:
        groups = _items(element["option_groups"], f"{path}/option_groups", OPTIONS, found)
        lists = [
            _items(group.get("options"), f"{path}/option_groups/{index}/options", most, found)
            for index, group in enumerate(groups)
        ]
    else:
        lists = [_items(element.get("options"), f"{path}/options", most, found)]
    for options in lists:
        for index, option in enumerate(options):
            where = f"{path}/options/{index}"
            found += _text(option.get("text"), f"{where}/text", OPTION_TEXT)
            found += _length(option.get("value") or "", f"{where}/value", OPTION_VALUE, 1)
    given = [option for options in lists for option in options]
    return found + _initial(element, path, given)


def _initial(element: Json, path: str, options: list[Json]) -> list[str]:
    """What is chosen at first must stand among the options, exactly as it is there."""
    found: list[str] = []
    if (one := element.get("initial_option")) is not None and one not in options:
        found.append(_error("must be one of the options", f"{path}/initial_option"))
    if (many := element.get("initial_options")) is not None:
        where = f"{path}/initial_options"
        if any(each not in options for each in _items(many, where, len(options), found)):
            found.append(_error("must be among the options", where))
    return found


def _confirm(confirm: Any, path: str) -> list[str]:
    if not isinstance(confirm, dict):
        return [_error("must be an object", path)]
    return [
        problem
        for name, most in CONFIRM.items()
        for problem in _text(confirm.get(name), f"{path}/{name}", most)
    ]
