"""The broker's clock, read without writing anything."""

from __future__ import annotations

import time

from kafka import KafkaAdminClient
from kafka.errors import KafkaError


def clock_offset_s(admin: KafkaAdminClient) -> float | None:
    """Return how far this clock is ahead of the broker's, s.

    The description of the metadata quorum (KIP-836) holds when the leading controller last got a fetch from each voter;
    for the leader itself that is now, on its own clock. None where there is no such quorum (ZooKeeper) or no right to
    it.
    """
    before_s = time.time()
    try:
        quorum = admin.describe_metadata_quorum()["topics"][0]["partitions"][0]
    except KafkaError:
        return None
    here_s = (before_s + time.time()) / 2
    for voter in quorum.get("current_voters", []):
        # -1 before version 1 of the answer, which has no times.
        if voter["replica_id"] == quorum["leader_id"] and voter.get("last_caught_up_timestamp", -1) > 0:
            return float(here_s - voter["last_caught_up_timestamp"] / 1000)
    return None
