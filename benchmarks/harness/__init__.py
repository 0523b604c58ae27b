"""What all benchmarks share: topics filled with points, processes that are measured, tables that are written."""
