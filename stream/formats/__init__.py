"""Input formats: messages, CSV files, features, rejections."""
