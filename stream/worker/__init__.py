"""The worker: a Faust app around the detector. The only importer of Faust."""
