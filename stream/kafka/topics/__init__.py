"""Topics: plan, compatibility and identity."""
