"""Episodes: when alerts open, what they report, when they close."""
