"""Modals: each person's stack of them, as the Web API and answers to submissions change it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from playground.slack import forms
from playground.slack.records import Json, SlackError, View

if TYPE_CHECKING:
    from playground.slack.workspace import SlackWorkspace

VIEW_STACK = 3


def open_view(workspace: SlackWorkspace, user: str, body: object) -> View:
    """Open a modal for the user, in place of any other. Raises SlackError."""
    checked = forms.checked_view(body)
    with workspace.changed:
        workspace.views[user] = []
        return _add_view(workspace, user, checked)


def push_view(workspace: SlackWorkspace, user: str, body: object) -> View:
    """Put a modal on top of the user's others. Raises SlackError."""
    checked = forms.checked_view(body)
    with workspace.changed:
        if not workspace.views.get(user):
            raise SlackError("not_found")
        if len(workspace.views[user]) >= VIEW_STACK:
            raise SlackError("push_limit_reached")
        return _add_view(workspace, user, checked)


def replace_view(workspace: SlackWorkspace, view: View, body: object) -> View:
    """Change an open modal in place; inputs that stay keep what was typed. Raises SlackError."""
    checked = forms.checked_view(body)
    with workspace.changed:
        view.body = checked
        view.hash = f"{workspace.new_ts()}.{secrets.token_hex(4)}"
        view.values = forms.state_values(view.blocks, {}, view.values)
        workspace.touch()
    return view


def _add_view(workspace: SlackWorkspace, user: str, body: Json) -> View:
    stack = workspace.views[user]
    view_id = workspace.new_id("V")
    view = View(
        view_id,
        user,
        body,
        f"{workspace.new_ts()}.{secrets.token_hex(4)}",
        stack[0].id if stack else view_id,
        stack[-1].id if stack else None,
        forms.state_values(body["blocks"], {}, {}),
    )
    stack.append(view)
    workspace.touch()
    return view


def remove_view(workspace: SlackWorkspace, user: str, view_id: str) -> None:
    """Take a modal off the user's stack."""
    stack = workspace.views.get(user, [])
    workspace.views[user] = [view for view in stack if view.id != view_id]
    workspace.touch()


def top_view(workspace: SlackWorkspace, user: str, view_id: str) -> View:
    """The modal the user looks at. Raises LookupError when it is not this one."""
    stack = workspace.views.get(user, [])
    if not stack or stack[-1].id != view_id:
        raise LookupError(f"{user} has no modal {view_id} on top")
    return stack[-1]
