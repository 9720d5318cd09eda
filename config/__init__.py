"""Settings, the policy files that a manager edits, logging, and errors worded for people."""
