"""Follow the episodes of the anomalies topic and act once on each event.

python examples/consume_episodes.py BROKERS TOPIC GROUP [SECONDS]

The worker writes an event again after a crash, with the same `ce_id`: ids that were seen are passed over. Offsets are
committed after an event was handled, so that a crash of this program repeats an event rather than losing it; a service
that must not repeat it keeps the ids where its own results are. With SECONDS it ends when nothing came for so long.
"""

import json
import sys
from collections import OrderedDict

from kafka import KafkaConsumer

MAX_IDS = 100_000


def main(brokers: str, topic: str, group: str, seconds: float = float("inf")) -> None:
    """Print each event once."""
    seen: OrderedDict[str, None] = OrderedDict()
    consumer = KafkaConsumer(
        topic,
        bootstrap_servers=brokers,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        consumer_timeout_ms=seconds * 1000,
    )
    for record in consumer:
        event_id = dict(record.headers)["ce_id"].decode()
        if event_id not in seen:
            handle(json.loads(record.value))
            seen[event_id] = None
            if len(seen) > MAX_IDS:
                seen.popitem(last=False)
        consumer.commit()
    consumer.close()


def handle(event: dict) -> None:
    """Act on an event: here, print it."""
    print(f"{event['series']} {event['state']}: {event.get('why', '')}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:4], *map(float, sys.argv[4:]))
