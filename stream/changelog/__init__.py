"""Changelog: learned state, read and rewritten while no worker runs."""
