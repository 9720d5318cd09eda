"""Errors whose text is written for the person who runs amends."""


class AmendsError(Exception):
    """What happened, what it means and what to do, in one sentence; no traceback is shown."""


class SettingsError(AmendsError):
    """A setting or a policy file is wrong; the text names it and says what would be right."""
