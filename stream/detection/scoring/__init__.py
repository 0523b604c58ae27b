"""The scorer: features, steps and scores of one record of many keys."""
