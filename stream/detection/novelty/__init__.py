"""Novelty: clipping, statistics, histograms, surprise."""
