"""What is not set up, and what waits for it: said at the start, and by `amends doctor`."""

from dataclasses import dataclass
from typing import Literal

from config.policy import Policy, load_policy
from config.settings import Settings, SlackSettings


@dataclass(frozen=True, slots=True)
class Gap:
    """`off` may be meant so; `wrong` cannot be."""

    state: Literal["off", "wrong"]
    words: str


def slack_gap(settings: SlackSettings) -> Gap | None:
    """Why no alert is posted, or no click heard; None where Slack is set up."""
    needed = {
        "AMENDS_SLACK__BOT_TOKEN": settings.bot_token,
        "AMENDS_SLACK__CHANNEL": settings.channel,
    }
    missing = [name for name, value in needed.items() if value is None]
    if missing:
        is_begun = len(missing) < len(needed) or settings.app_token is not None
        verb = "are" if len(missing) > 1 else "is"
        return Gap(
            "wrong" if is_begun else "off",
            f"Slack is not set up: alerts wait until {' and '.join(missing)} {verb} set.",
        )
    if settings.app_token is None:
        return Gap("off", "Clicks in Slack are not heard until AMENDS_SLACK__APP_TOKEN is set.")
    return None


def brand_gap(settings: Settings, policy: Policy) -> Gap | None:
    """Whether the desk still speaks for the brand that stands in the packaged file."""
    name = policy.brand.name
    if name != load_policy().brand.name:
        return None
    reads = settings.x.reads or settings.reddit.reads
    return Gap(
        "wrong" if reads else "off",
        f'The brand is still called "{name}", in posts, alerts and drafts; put a brand.toml with '
        "its name into the folder that AMENDS_CONFIG_DIR names.",
    )
