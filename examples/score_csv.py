"""Score a CSV file without Kafka, and print what would have alarmed.

python examples/score_csv.py FILE.csv
"""

import sys

from stream import backtest, read_csv

for name, result in backtest(read_csv(sys.argv[1])).items():
    print(f"{name}: {len(result.timestamps):,} points, {len(result.episodes)} episodes")
    for episode in result.episodes:
        print(f"  {episode.start:%Y-%m-%d %H:%M} {episode.severity}, score {episode.peak_score:.1f}: {episode.why}")
