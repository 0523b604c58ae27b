"""Lost state: committed offsets without a changelog."""

from __future__ import annotations

from kafka import KafkaAdminClient

from stream.kafka import group_offsets
from stream.settings.settings import Settings


def find(admin: KafkaAdminClient, settings: Settings) -> str | None:
    """Describe the partitions with lost state; None if none.

    A worker writes to a changelog partition before it commits anything of the same partition of the metrics topic.
    """
    committed = group_offsets.committed_offsets(admin, settings)
    partitions = sorted(partition for partition, offset in committed.items() if offset > 0)
    if not partitions:
        return None
    # Where a worker has read nothing yet, it may have committed where it is going to begin.
    firsts = group_offsets.first_offsets(admin, settings.metrics_topic, partitions)
    ends = group_offsets.end_offsets(admin, settings.changelog_topic, partitions)
    lost = [str(at) for at in partitions if committed[at] > firsts[at] and ends[at] == 0]
    if not lost:
        return None
    where = "partition " + lost[0] if len(lost) == 1 else "partitions " + ", ".join(lost)
    return (
        f"topic {settings.changelog_topic}: expected the state of what group {settings.app_id} has read of "
        f"{settings.metrics_topic}, found nothing in {where}: the topic was deleted, or made anew. Bring it back, from "
        "a copy if there is one; or start once with --start-afresh, and every series there warms up again"
    )
