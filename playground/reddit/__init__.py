"""A small Reddit on loopback that praw talks to."""

from playground.reddit.app import reddit_app
from playground.reddit.faults import Fault
from playground.reddit.network import CommentError, RedditNetwork

__all__ = ["CommentError", "Fault", "RedditNetwork", "reddit_app"]
