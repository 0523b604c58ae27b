"""Samples of any sender: numbers, times, names of series, histograms."""
