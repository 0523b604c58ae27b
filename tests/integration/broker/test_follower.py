from __future__ import annotations

import pytest

from stream.errors import TopicError
from stream.kafka.embedded import EmbeddedBroker
from stream.kafka.follower import Follower
from stream.settings.settings import Settings


def test_a_topic_that_the_broker_does_not_know_is_named() -> None:
    with EmbeddedBroker() as broker:
        settings = broker.with_topics(Settings())
        with pytest.raises(TopicError, match="topic nowhere: the broker knows no partition of it"):
            Follower(settings, "nowhere", "beginning")
