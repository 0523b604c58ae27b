"""streamgauge: a detector that stands in a stream of metrics on Kafka."""

__version__ = "0.2.0"
