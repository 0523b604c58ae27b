"""Layouts of state records: the present one and earlier ones."""
