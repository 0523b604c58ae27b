"""Commands that need the training package."""
