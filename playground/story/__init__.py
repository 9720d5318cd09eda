"""A fictional brand and its customers, written by hand, as data."""

from playground.story.story import Brand, FollowUp, Person, Story, StoryPost, Truth, load

__all__ = ["Brand", "FollowUp", "Person", "Story", "StoryPost", "Truth", "load"]
