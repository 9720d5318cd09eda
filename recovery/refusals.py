"""What a person asked for and cannot have; the text is shown to them as it is."""

from config.errors import AmendsError


class Refused(AmendsError):
    """The action does not fit the case as it now stands; nothing was changed.

    `field` names the one field of a correction that it is about, where it is about one.
    """

    def __init__(self, text: str, field: str | None = None) -> None:
        super().__init__(text)
        self.field = field
