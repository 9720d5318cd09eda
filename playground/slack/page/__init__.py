"""The page that shows the workspace's channel, and what the public sees."""

from playground.slack.page.desk import desk_page

__all__ = ["desk_page"]
