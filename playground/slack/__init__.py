"""A Slack workspace on loopback: Web API, Socket Mode, and people who press and write."""

from playground.slack.app import slack_app
from playground.slack.faults import Fault
from playground.slack.workspace import SlackWorkspace

__all__ = ["Fault", "SlackWorkspace", "slack_app"]
