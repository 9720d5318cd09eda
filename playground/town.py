"""The whole playground: the networks and Slack on loopback, and the story that plays on them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from playground.reddit import RedditNetwork, reddit_app
from playground.serving import Served, serve
from playground.slack import SlackWorkspace, slack_app
from playground.story import Story, load
from playground.world import World
from playground.x import XNetwork, x_app

REDDIT_PASSWORD = "larkline-password"  # noqa: S105  opens nothing but this playground
STORY_MINUTES_A_MESSAGE = 20
CONFIG = Path(__file__).parent / "config"


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Town:
    """A running playground. `pace` is story minutes a real minute."""

    world: World
    x: XNetwork
    reddit: RedditNetwork
    slack: SlackWorkspace
    _served: tuple[Served, Served, Served]

    @classmethod
    def open(
        cls,
        pace: float,
        page_url: str | None = None,
        story: Story | None = None,
        clock: Callable[[], datetime] = _utc_now,
    ) -> "Town":
        """Start the servers on free ports; the story plays once `world.run()` is called."""
        told = story or load()
        world = World(told, clock(), pace, clock)

        def replied(channel: str, to: str, reply_id: str, at: datetime) -> None:
            world.brand_replied(channel, to, reply_id, at)

        x = XNetwork(told.brand.account, told.people, on_reply=replied, clock=clock)
        account = told.brand.account
        assert account.reddit is not None, "the story gives the brand a Reddit account"
        reddit = RedditNetwork(
            account.reddit,
            REDDIT_PASSWORD,
            subreddits=(told.brand.subreddit, "harrowmere"),
            clock=clock,
            replied=lambda to, reply_id, at: replied("reddit", to, reply_id, at),
        )
        # Time that passes faster lets more messages through.
        rate = max(1.0, pace / STORY_MINUTES_A_MESSAGE)
        slack = SlackWorkspace(page_url=page_url, messages_per_second=rate)
        world.attach(x)
        world.attach(reddit)
        world.publish_due(clock())
        served = (serve(x_app(x)), serve(reddit_app(reddit)), serve(slack_app(slack)))
        slack.address = served[2].url
        return cls(world, x, reddit, slack, served)

    def environment(self) -> dict[str, str]:
        """The AMENDS_* variables that point a desk at this playground."""
        x_url, reddit_url, slack_url = (served.url for served in self._served)
        keys = self.x.credentials
        account = self.world.story.brand.account
        client_id, client_secret = self.reddit.client
        return {
            "AMENDS_CONFIG_DIR": str(CONFIG),
            "AMENDS_X__BASE_URL": x_url,
            "AMENDS_X__BEARER_TOKEN": keys.bearer_token,
            "AMENDS_X__CONSUMER_KEY": keys.consumer_key,
            "AMENDS_X__CONSUMER_SECRET": keys.consumer_secret,
            "AMENDS_X__ACCESS_TOKEN": keys.access_token,
            "AMENDS_X__ACCESS_TOKEN_SECRET": keys.access_token_secret,
            "AMENDS_X__ACCOUNT_ID": str(account.x_id),
            "AMENDS_X__HANDLE": account.handle,
            "AMENDS_X__SEARCH_QUERY": f"{self.world.story.brand.name} -is:retweet",
            "AMENDS_X__POLL_SECONDS": "2",
            "AMENDS_REDDIT__BASE_URL": reddit_url,
            "AMENDS_REDDIT__CLIENT_ID": client_id,
            "AMENDS_REDDIT__CLIENT_SECRET": client_secret,
            "AMENDS_REDDIT__USERNAME": str(account.reddit),
            "AMENDS_REDDIT__PASSWORD": REDDIT_PASSWORD,
            "AMENDS_REDDIT__SUBREDDIT": self.world.story.brand.subreddit,
            "AMENDS_REDDIT__SEARCH_QUERY": self.world.story.brand.name,
            "AMENDS_REDDIT__POLL_SECONDS": "2",
            "AMENDS_SLACK__BASE_URL": f"{slack_url}/api/",
            "AMENDS_SLACK__BOT_TOKEN": self.slack.bot_token,
            "AMENDS_SLACK__APP_TOKEN": self.slack.app_token,
            "AMENDS_SLACK__CHANNEL": self.slack.channel_id,
            "AMENDS_TICK_SECONDS": "1",
        }

    def close(self) -> None:
        """Stop the story and the servers."""
        self.world.stop()
        for served in self._served:
            served.stop()
