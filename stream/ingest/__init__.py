"""Messages of other senders, in their own formats, to points on the metrics topic."""
