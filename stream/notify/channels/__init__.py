"""Delivery to each kind of receiver."""
