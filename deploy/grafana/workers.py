"""Panels of the workers: whether points are read, and how fast."""

from __future__ import annotations

from panels import OF_JOB, Panel, stat, table

OF_WORKER = '{job=~"$job", instance=~"$instance"}'
WORKERS = [
    stat("Workers", 'count(up{job=~"$job"} == 1)', "Workers that Prometheus reaches."),
    stat(
        "Not ready",
        f"count(streamgauge_ready{OF_JOB} == 0) or vector(0)",
        "Workers that read no points now.",
        red_from=1,
    ),
    stat("Lag", f"sum(streamgauge_consumer_lag{OF_JOB})", "Messages not yet behind a checkpoint."),
    stat(
        "Dead letters",
        f"sum(increase(streamgauge_dead_letters_total{OF_JOB}[1h]))",
        "Messages that could not be read, in an hour.",
        red_from=1,
    ),
    stat(
        "Waiting for room",
        f"sum(streamgauge_series_waiting{OF_JOB})",
        "New series that are not scored, because the workers are at their cap.",
        red_from=1,
    ),
    stat(
        "Alerts",
        'count(ALERTS{alertname=~"Streamgauge.+", alertstate="firing"}) or vector(0)',
        "Firing alerts of deploy/prometheus/streamgauge.rules.yml.",
        red_from=1,
    ),
    Panel(
        "Points per second",
        {"{{instance}}": f"sum by (instance) (rate(streamgauge_points_total{OF_WORKER}[$__rate_interval]))"},
        "Points received in messages that could be read.",
        "cps",
    ),
    Panel(
        "Lag by partition",
        {"partition {{partition}}": f"sum by (partition) (streamgauge_consumer_lag{OF_WORKER})"},
        "Messages not yet behind a checkpoint.",
        stacked=True,
    ),
    Panel(
        "Time to score a batch, p99",
        {
            "{{instance}}": "histogram_quantile(0.99, sum by (instance, le) "
            f"(rate(streamgauge_batch_seconds_bucket{OF_WORKER}[$__rate_interval])))"
        },
        "One chunk of messages, from bytes to events.",
        "s",
    ),
    Panel(
        "Time to make a checkpoint, p99",
        {
            "{{instance}}": "histogram_quantile(0.99, sum by (instance, le) "
            f"(rate(streamgauge_checkpoint_seconds_bucket{OF_WORKER}[$__rate_interval])))"
        },
        "Until events and state are acknowledged by the brokers.",
        "s",
    ),
    Panel(
        "Dead letters per minute",
        {"{{reason}}": f"60 * sum by (reason) (rate(streamgauge_dead_letters_total{OF_WORKER}[$__rate_interval])) > 0"},
        "By reason; empty while every message can be read.",
    ),
    Panel(
        "Series held",
        {
            "{{instance}}": f"streamgauge_series{OF_WORKER}",
            "cap of {{instance}}": f"streamgauge_series_limit{OF_WORKER}",
        },
        "At the cap, new series wait, and idle ones are forgotten.",
    ),
    Panel(
        "Memory",
        {"{{instance}}": f"process_resident_memory_bytes{OF_WORKER}"},
        "Resident memory of each worker.",
        "bytes",
    ),
    Panel(
        "CPU",
        {"{{instance}}": f"rate(process_cpu_seconds_total{OF_WORKER}[$__rate_interval])"},
        "Cores in use.",
    ),
    Panel(
        "State written per second",
        {"{{instance}}": f"rate(streamgauge_checkpoint_records_total{OF_WORKER}[$__rate_interval])"},
        "State records written to the changelog.",
        "cps",
    ),
    Panel(
        "Trouble per hour",
        {
            name: f"sum(increase(streamgauge_{metric}_total{OF_JOB}[1h]))"
            for name, metric in {
                "rebalances": "rebalances",
                "series evicted": "series_evicted",
                "messages expired unread": "expired_messages",
                "damaged state records": "damaged_state_records",
                "series in two partitions": "split_series",
            }.items()
        },
        "What docs/runbook.md has a section about.",
    ),
    table(
        "Versions",
        {"Workers": f"count by (version) (streamgauge_build_info{OF_JOB})"},
        "Versions of streamgauge that run.",
    ),
    table("Models", {"Workers": f"count by (name, version) (streamgauge_model_info{OF_JOB})"}, "Models in use."),
]
