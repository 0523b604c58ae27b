"""Episodes: when an alert opens, what it says, when it closes."""
