"""Shared compiled functions: scale, grid, bitmap, calendar."""
