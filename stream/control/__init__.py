"""Control topic: rules, mutes, acknowledgements and verdicts of people."""
