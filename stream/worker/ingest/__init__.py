"""Ingest as a Faust application."""
