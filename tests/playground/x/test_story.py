"""The story on the simulated X: a customer reads the brand's answer and reacts."""

from datetime import UTC, datetime, timedelta

from amends.clients.x import x_reader, x_writer
from playground.serving import serve
from playground.story import load
from playground.world import World
from playground.x import XNetwork, x_app


def test_a_customer_reacts_to_a_reply_through_the_api() -> None:
    story = load()
    # Real time: tweepy signs with it.
    start = datetime.now(UTC)
    now = start
    state = XNetwork(story.brand.account, story.people, clock=lambda: now)
    world = World(story, start, pace=10)
    world.attach(state)
    state.on_reply = world.brand_replied
    complaint = next(
        story.by_key[each.to]
        for each in story.follow_ups
        if story.by_key[each.to].channel == "x" and story.by_key[each.to].mentions_brand
    )
    now = start + timedelta(days=1)
    world.publish_due(now)
    tweets = [post for post in story.posts if post.channel == "x"]
    assert len(state.tweets()) == len(tweets)
    assert world.exhausted
    served = serve(x_app(state))
    try:
        settings = state.settings(served.url)
        asked = world.external_id(complaint.key)
        answer = x_writer(settings).create_tweet(text="So sorry!", in_reply_to_tweet_id=asked)
        assert not world.exhausted
        now += timedelta(hours=2)
        reactions = story.follow_ups_to(complaint.key)
        assert world.publish_due(now) == len(reactions)
        seen = x_reader(settings).get_users_mentions(state.brand.x_id, max_results=5)
    finally:
        served.stop()
    found = [tweet for tweet in state.tweets() if tweet.reply_to == answer["data"]["id"]]
    assert [tweet.text for tweet in reversed(found)] == [each.text for each in reactions]
    assert found[0].id in [post["id"] for post in seen["data"]]
    assert {tweet.author_id for tweet in found} == {story.authors[complaint.author].x_id}
