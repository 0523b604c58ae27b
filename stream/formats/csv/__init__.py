"""CSV: columns, files, points."""
