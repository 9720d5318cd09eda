"""A small world to run against: X, Reddit and Slack on loopback, and a story that plays there."""
