"""A fictional brand and its customers, written by hand, as data."""

from playground.story.length import LIMIT, weighted_length
from playground.story.story import Brand, FollowUp, Person, Story, StoryPost, Truth, load

__all__ = [
    "LIMIT",
    "Brand",
    "FollowUp",
    "Person",
    "Story",
    "StoryPost",
    "Truth",
    "load",
    "weighted_length",
]
