"""Inputs of modals and elements of blocks: what they hold, and what is missing. Pure."""

import copy
import secrets
from typing import Any, cast

from playground.slack import limits
from playground.slack.records import Json, SlackError

REQUIRED = "Please complete this required field."
Values = dict[str, str | list[str] | None]


def with_ids(blocks: list[Json]) -> list[Json]:
    """The blocks with a block_id and action_ids where the app left them to Slack."""
    blocks = copy.deepcopy(blocks)
    for block in blocks:
        block.setdefault("block_id", secrets.token_urlsafe(4))
        for element in elements(block):
            element.setdefault("action_id", secrets.token_urlsafe(4))
    return blocks


def checked_view(body: object) -> Json:
    """A modal the app sent, with ids. Raises SlackError with each limit that it breaks."""
    problems = limits.problems_of_view(body)
    if problems:
        raise SlackError("invalid_arguments", problems)
    view = copy.deepcopy(cast(Json, body))  # a dict, or it had problems
    view["blocks"] = with_ids(view["blocks"])
    return view


def elements(block: Json) -> list[Json]:
    """What can be pressed, chosen or typed into in a block."""
    kind = block.get("type")
    if kind == "actions":
        return list(block["elements"])
    if kind == "section" and block.get("accessory", {}).get("type", "image") != "image":
        return [block["accessory"]]
    return [block["element"]] if kind == "input" else []


def options(element: Json) -> list[Json]:
    """The options of a menu, in order, groups flattened."""
    groups = element.get("option_groups")
    if groups:
        return [option for group in groups for option in group["options"]]
    return list(element.get("options", []))


def chosen(element: Json, value: str | list[str] | None) -> Json:
    """The state of an element that holds `value`. Raises LookupError for an unknown option."""
    kind = element["type"]
    if kind == "plain_text_input":
        return {"value": value or None}
    if kind == "checkboxes":
        wanted = [value] if isinstance(value, str) else list(value or [])
        return {"selected_options": [_option(element, v) for v in wanted]}
    if isinstance(value, list):
        value = value[0] if value else None
    return {"selected_option": None if value is None else _option(element, value)}


def _option(element: Json, value: str) -> Json:
    for option in options(element):
        if option["value"] == value:
            return option
    raise LookupError(f"{element.get('action_id')!r} has no option {value!r}")


def _initial(element: Json) -> Json:
    kind = element["type"]
    if kind == "plain_text_input":
        return {"value": element.get("initial_value")}
    if kind == "checkboxes":
        return {"selected_options": element.get("initial_options", [])}
    return {"selected_option": element.get("initial_option")}


def state_values(blocks: list[Json], given: Values, before: Json) -> Json:
    """`view.state.values`: what is given, else what was there before, else what the app set.

    `given` is by block_id or action_id. Raises LookupError for a name the form does not have.
    """
    state: Json = {}
    used: set[str] = set()
    for block in blocks:
        for element in elements(block):
            if element["type"] in ("button", "overflow"):
                continue
            block_id, action_id = block["block_id"], element["action_id"]
            key = block_id if block_id in given else action_id
            old = before.get(block_id, {}).get(action_id)
            if key in given:
                used.add(key)
                held = chosen(element, given[key])
            elif old is not None and old["type"] == element["type"]:
                held = {k: v for k, v in old.items() if k != "type"}
            else:
                held = _initial(element)
            state.setdefault(block_id, {})[action_id] = {"type": element["type"]} | held
    unknown = given.keys() - used
    if unknown:
        raise LookupError(f"the form has no input {', '.join(sorted(unknown))}")
    return state


def missing(blocks: list[Json], state: Json) -> dict[str, str]:
    """What Slack's own client refuses to send, by block_id."""
    found = {}
    for block in blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        held = state[block["block_id"]][element["action_id"]]
        value: Any = held.get("value") or held.get("selected_option")
        value = value or held.get("selected_options")
        if not value:
            if not block.get("optional"):
                found[block["block_id"]] = REQUIRED
        elif element["type"] == "plain_text_input":
            problem = _length_problem(element, str(value))
            if problem:
                found[block["block_id"]] = problem
    return found


def _length_problem(element: Json, value: str) -> str | None:
    least = element.get("min_length", 0)
    most = element.get("max_length", limits.INPUT_TEXT)
    if len(value) < least:
        return f"Please enter at least {least} characters."
    if len(value) > most:
        return f"Please enter no more than {most} characters."
    return None
