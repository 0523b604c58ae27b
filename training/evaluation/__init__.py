"""Evaluation: the product's detector on labelled series."""
