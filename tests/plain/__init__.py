"""The detector a second time: one key, one record at a time, written to be obvious and never to be fast.

It shares no line with ``stream.detection`` and answers for it: where the two differ, one of them is wrong. Floats
are ``numpy.float32`` scalars wherever the specification calculates in single precision, because a statistic that is
off by one unit in the last place can fall into the neighbouring bin of a map.
"""
