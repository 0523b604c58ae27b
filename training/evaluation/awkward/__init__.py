"""Awkward reality: series of the kinds that users have and benchmarks do not, with what is wrong with them known."""
