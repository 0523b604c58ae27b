"""Scoring of one record of many keys."""
