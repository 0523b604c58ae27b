"""The live page: series, episodes and answers in a browser; needs the extra `page`."""
