"""Synthetic series to train on."""
