"""The worker: a Faust app around the detector."""
