"""Words of the alert for what the desk stores as keys."""

from collections.abc import Collection

from models.labels import Category, Risk, Urgency

CHANNELS = {
    "x": "X",
    "reddit": "Reddit",
    "bluesky": "Bluesky",
    "mastodon": "Mastodon",
    "google_play": "Google Play",
    "app_store": "App Store",
}
_SIGNS = {"x": "@", "bluesky": "@", "mastodon": "@", "reddit": "u/"}

# The word says it; the mark only lets the eye find it.
URGENCIES: dict[str, tuple[str, str]] = {
    Urgency.CRITICAL: ("🔴", "Critical"),
    Urgency.HIGH: ("🟠", "High urgency"),
    Urgency.NORMAL: ("🟡", "Normal urgency"),
    Urgency.LOW: ("⚪", "Low urgency"),
    Urgency.NONE: ("⚪", "No urgency"),
}
RISKS: dict[str, str] = {
    Risk.SELFHARM: "self-harm",
    Risk.SAFETY: "safety",
    Risk.VULNERABLE: "vulnerable person",
    Risk.DISCRIMINATION: "discrimination",
    Risk.FRAUD: "fraud",
    Risk.LEGAL: "legal",
    Risk.PRESS: "press",
    Risk.CHURN: "leaving us",
}
CATEGORIES: dict[str, str] = {
    Category.DELAY: "delay",
    Category.LOST_DAMAGED: "lost or damaged",
    Category.QUALITY: "quality",
    Category.TECHNICAL: "technical",
    Category.BILLING: "billing",
    Category.ORDER: "order",
    Category.STAFF: "staff",
    Category.SUPPORT: "support",
    Category.POLICY: "rules and prices",
    Category.SAFETY: "safety",
    Category.SECURITY: "security",
}
# As choices of their own, where each has to stand for itself.
ISSUES: dict[str, str] = {
    **{key: word.capitalize() for key, word in CATEGORIES.items()},
    Category.OTHER: "Something else",
    Category.NONE: "No clear issue",
}
# What a person can set right, in the words of the window where they do.
FIELDS = {"urgency": "urgency", "category": "issue", "anger": "anger", "risks": "risks"}
ANGERS = ("calm", "annoyed", "angry", "furious")
GRANTS = {"agent": "any agent", "lead": "a lead", "manager": "a manager"}

# From this many followers on, reach is worth a word.
REACH = 5_000


def channel(key: str) -> str:
    """The channel's name."""
    return CHANNELS.get(key, key.replace("_", " ").title())


def handle(channel_key: str, name: str) -> str:
    """The customer's name with the channel's sign before it."""
    return _SIGNS.get(channel_key, "") + name if name else "Someone"


def followers(count: int) -> str | None:
    """'48k followers' where the reach is large, else None."""
    if count < REACH:
        return None
    if count < 1_000_000:
        return f"{count // 1000}k followers"
    return f"{count / 1_000_000:.1f}m followers"


def anger(level: int) -> str:
    """'furious' and its milder sisters."""
    return ANGERS[max(0, min(level, len(ANGERS) - 1))]


def listed(words: list[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def risks(names: Collection[str]) -> str:
    """'self-harm and legal': what endangers people before what endangers custom."""
    known = [word for risk, word in RISKS.items() if risk in names]
    return listed([*known, *(name for name in names if name not in RISKS)])


def changed_risks(added: Collection[str], removed: Collection[str]) -> str:
    """'added: legal and press; taken away: safety'; empty where there is neither."""
    told = (("added", risks(added)), ("taken away", risks(removed)))
    return "; ".join(f"{deed}: {which}" for deed, which in told if which)


def span(seconds: float) -> str:
    """'4 min', '3 h', '2 days'."""
    minutes = max(0, int(seconds // 60))
    if minutes < 1:
        return "under a minute"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h"
    return f"{minutes // 1440} days"
