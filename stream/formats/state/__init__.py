"""Records of the changelog: keys, envelopes and the rule set in force."""
