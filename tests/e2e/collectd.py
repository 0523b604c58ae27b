"""A real collectd, from Debian's package, that counts the files of a folder and writes to Kafka."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

INTERVAL_S = 0.1

CONFIGURATION = """\
Hostname "host-7"
FQDNLookup false
Interval {interval}
BaseDir "{folder}"
PIDFile "{folder}/collectd.pid"
LoadPlugin logfile
LoadPlugin filecount
LoadPlugin write_kafka
<Plugin logfile>
  File "{folder}/collectd.log"
</Plugin>
<Plugin filecount>
  <Directory "{spool}">
    Instance "spool"
  </Directory>
</Plugin>
<Plugin write_kafka>
  Property "metadata.broker.list" "{brokers}"
  <Topic "{topic}">
    Format JSON
  </Topic>
</Plugin>
"""


PACKAGES = ("collectd-core", "librdkafka1", "libyajl2")
"""The last two are what its plugin write_kafka needs, and what Debian only recommends."""


def install(repository: Path) -> None:
    """Install it where it is missing."""
    subprocess.run(
        [repository / "deploy/debian/install.sh", *(f"collectd={package}" for package in PACKAGES)], check=True
    )


@contextmanager
def collectd(folder: Path, spool: Path, brokers: str, topic: str) -> Iterator[None]:
    """Run it while the context lasts."""
    configuration = folder / "collectd.conf"
    configuration.write_text(
        CONFIGURATION.format(interval=INTERVAL_S, folder=folder, spool=spool, brokers=brokers, topic=topic)
    )
    with (folder / "collectd.out").open("wb") as out:
        server = subprocess.Popen(
            ["/usr/sbin/collectd", "-f", "-C", configuration], stdout=out, stderr=subprocess.STDOUT
        )
        try:
            yield
        finally:
            server.terminate()
            server.wait(30)
