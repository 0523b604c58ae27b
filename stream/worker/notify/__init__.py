"""The notifier as a Faust application."""
