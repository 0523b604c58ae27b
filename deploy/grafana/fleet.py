"""Panels of the fleet: what is anomalous, and how much of it."""

from __future__ import annotations

from panels import OF_JOB, Panel, stat, table

FLEET = [
    stat("Series", f"sum(streamgauge_series{OF_JOB})", "Series held by all workers."),
    stat("Open episodes", f"sum(streamgauge_open_episodes{OF_JOB})", "Episodes open now.", red_from=1),
    stat(
        "Critical",
        'sum(streamgauge_open_episodes{job=~"$job", severity="critical"})',
        "Open episodes that have been critical.",
        red_from=1,
    ),
    stat("Silent series", f"sum(streamgauge_series_silent{OF_JOB})", "Series whose points have stopped.", red_from=1),
    stat(
        "Anomaly rate",
        f"sum(rate(streamgauge_anomalous_total{OF_JOB}[5m])) / (sum(rate(streamgauge_scored_total{OF_JOB}[5m])) > 0)",
        "Share of the points scored in 5 minutes that were anomalous.",
        "percentunit",
    ),
    stat("Points per second", f"sum(rate(streamgauge_points_total{OF_JOB}[5m]))", "Points received.", "cps"),
    Panel(
        "Open episodes by severity",
        {"{{severity}}": f"sum by (severity) (streamgauge_open_episodes{OF_JOB})"},
        "Each episode counts with the highest severity that it has had.",
        stacked=True,
    ),
    Panel(
        "Episodes opened per hour",
        {"{{severity}}": 'sum by (severity) (increase(streamgauge_episodes_total{job=~"$job", state="open"}[1h]))'},
        "By severity at the first event.",
        stacked=True,
    ),
    table(
        "Open now, worst first",
        {"Peak score": f"sort_desc(max by (series, feature, severity) (streamgauge_open_episode_peak_score{OF_JOB}))"},
        "At most STREAMGAUGE_OPEN_EPISODE_METRICS of each worker.",
    ),
    table(
        "Noisiest series",
        {
            "Open": "topk(20, sum by (series, feature) "
            f"(count_over_time(streamgauge_open_episode_peak_score{OF_JOB}[$__range])) "
            f"/ scalar(max(count_over_time(up{OF_JOB}[$__range]))))"
        },
        "Share of the chosen time with an open episode.",
        "percentunit",
    ),
    Panel(
        "Anomaly rate",
        {"{{instance}}": f"streamgauge_anomaly_rate{OF_JOB}"},
        "Share of the points scored in 5 minutes that were anomalous, of each worker.",
        "percentunit",
    ),
    Panel(
        "Silences per hour",
        {"{{state}}": f"sum by (state) (increase(streamgauge_silences_total{OF_JOB}[1h]))"},
        "Series that fell silent, and that came back.",
    ),
    Panel(
        "Alarms held back per hour",
        {"{{reason}}": f"sum by (reason) (increase(streamgauge_suppressed_total{OF_JOB}[1h]))"},
        "By a rule, the limit of silences, or a backfill.",
    ),
    Panel(
        "Points not scored, per second",
        {
            name: f"sum(rate(streamgauge_{metric}_total{OF_JOB}[$__rate_interval]))"
            for name, metric in {
                "warming up": "warming",
                "late": "late",
                "duplicate": "duplicate",
                "maintenance": "maintenance",
                "no room": "waiting_points",
            }.items()
        },
        "Why points got no score.",
        "cps",
    ),
]
