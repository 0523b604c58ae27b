"""Publish the points of a CSV file with confluent-kafka: pip install confluent-kafka.

python examples/publish_confluent.py BROKERS TOPIC FILE.csv

librdkafka chooses the partition by CRC32 unless it is told otherwise. With `murmur2_random` it agrees with Kafka's Java
client, with kafka-python and with `streamgauge publish`; without it two clients that publish the same series would put
its points into two partitions, where two workers would score half of them each.
"""

import json
import sys

from confluent_kafka import KafkaError, Message, Producer

from stream import read_csv

failed = []


def on_delivery(error: KafkaError | None, message: Message) -> None:
    """Keep what the broker did not take."""
    if error is not None:
        failed.append(f"{message.key()!r}: {error}")


brokers, topic, path = sys.argv[1:]
producer = Producer(
    {"bootstrap.servers": brokers, "partitioner": "murmur2_random", "enable.idempotence": True, "linger.ms": 5}
)
n_points = 0
for series, (timestamps, values) in read_csv(path).items():
    for timestamp_ms, value in zip(timestamps.astype(int).tolist(), values.tolist(), strict=True):
        point = {"series": series, "timestamp": timestamp_ms, "value": value}
        producer.produce(topic, key=series.encode(), value=json.dumps(point).encode(), on_delivery=on_delivery)
        producer.poll(0)
        n_points += 1
producer.flush()
if failed:
    sys.exit(f"{len(failed):,} points were not taken; the first: {failed[0]}")
print(f"sent {n_points:,} points to {topic}")
