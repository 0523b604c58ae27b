"""Publish the points of a CSV file with kafka-python, which streamgauge installs.

python examples/publish_kafka_python.py BROKERS TOPIC FILE.csv

The key is the name of the series. kafka-python chooses the partition as Kafka's own Java client does (murmur2), so that
all points of a series are in one partition, whoever publishes them.
"""

import json
import sys

from kafka import KafkaProducer

from stream import read_csv

brokers, topic, path = sys.argv[1:]
producer = KafkaProducer(bootstrap_servers=brokers, acks="all", linger_ms=5)
sent = []
for series, (timestamps, values) in read_csv(path).items():
    for timestamp_ms, value in zip(timestamps.astype(int).tolist(), values.tolist(), strict=True):
        point = {"series": series, "timestamp": timestamp_ms, "value": value}
        sent.append(producer.send(topic, key=series.encode(), value=json.dumps(point).encode()))
producer.flush()
for future in sent:
    future.get()  # Raises if the broker did not take the point.
print(f"sent {len(sent):,} points to {topic}")
