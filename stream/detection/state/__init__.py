"""The state of a key: one packed record, its typed views, and the policy of its series."""
