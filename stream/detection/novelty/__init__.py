"""How new a record is for its key: clipped values, statistics, histograms, surprise."""
