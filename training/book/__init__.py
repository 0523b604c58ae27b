"""The book's chapter: an LSTM that redraws windows of a series, on nine series of NAB, as written and honestly."""
