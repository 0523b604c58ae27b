"""One module a sender's format: the bytes of one message to samples."""
