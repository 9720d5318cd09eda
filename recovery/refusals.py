"""What a person asked for and cannot have; the text is shown to them as it is."""

from config.errors import AmendsError


class Refused(AmendsError):
    """The action does not fit the case as it now stands; nothing was changed."""
