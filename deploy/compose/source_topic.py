"""Creates the topic that `streamgauge ingest` reads in docker-compose.yml, where Telegraf or the demo's fleet write."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from kafka import KafkaAdminClient
from kafka.admin import NewTopic
from kafka.errors import TopicAlreadyExistsError

if __name__ == "__main__":
    topic = NewTopic(sys.argv[1], int(os.environ["STREAMGAUGE_PARTITIONS"]), 1)
    with (
        KafkaAdminClient(bootstrap_servers=os.environ["STREAMGAUGE_BROKERS"]) as admin,
        suppress(TopicAlreadyExistsError),
    ):
        admin.create_topics([topic])
