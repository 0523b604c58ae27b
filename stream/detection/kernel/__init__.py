"""Small compiled functions that several stages share: scale, grid, bitmap, calendar."""
