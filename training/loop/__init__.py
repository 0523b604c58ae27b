"""The training loop: plan, seeds, checkpoints, progress."""
