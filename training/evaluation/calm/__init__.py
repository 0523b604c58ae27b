"""Series in which nothing happens, and the same with obvious faults: how often a person is called, and for what."""
