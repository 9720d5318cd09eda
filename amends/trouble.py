"""What an error of the database means and what to do about it, in words for whoever runs amends."""

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

_KNOWN = (
    (
        ("readonly", "read-only"),
        "The database is read-only.",
        "Give the user that runs amends write access to the database file and its folder.",
    ),
    (("full",), "The disk is full.", "Free some space; amends goes on by itself."),
    (
        ("locked",),
        "Another program holds the database.",
        "Stop a second amends, or whatever else writes to it; amends tries again by itself.",
    ),
    (
        ("unable to open",),
        "The database file cannot be opened.",
        "Check AMENDS_HOME or AMENDS_DATABASE_URL, and that this user may write there.",
    ),
    (
        ("not a database",),
        "The file is no database of amends.",
        "Point AMENDS_HOME or AMENDS_DATABASE_URL elsewhere, or move the file away.",
    ),
    (
        ("malformed", "disk i/o error"),
        "The database file is damaged, or its disk is.",
        "Stop amends, keep a copy of the file, and restore the last backup.",
    ),
    (
        ("no such table", "no such column", "does not exist"),
        "The database lacks a table of amends.",
        "Stop amends, back the database up, then run `amends db upgrade`.",
    ),
)


def database_trouble(error: SQLAlchemyError) -> tuple[str, str]:
    """What happened and what to do, as two sentences, without the statement and its values."""
    words = str(error.orig if isinstance(error, DBAPIError) else type(error).__name__).strip()
    text = words.lower()
    for signs, what, advice in _KNOWN:
        if any(sign in text for sign in signs):
            return what, advice
    first_line = words.splitlines()[0] if words else type(error).__name__
    return (
        f"The database does not work: {first_line.rstrip('.')}.",
        "Check AMENDS_DATABASE_URL and that the server runs; amends tries again by itself.",
    )
