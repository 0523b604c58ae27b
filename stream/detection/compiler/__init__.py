"""Compilation of per-record functions to machine code.

Measured (`benchmarks/detector.py`, CPU of a point, model included): as operations of numpy on arrays of all keys of a
batch the same stages took 10 us in batches of 256 and 1,300 us alone, as their 900 calls cost more than what they did;
compiled they take 3 us and 100 us, in the same runs.

To make the machine code takes half a minute, so it is cached for the processes to come (`code_folder`, `code_file`).
Numba makes it (`object_code`), and only where there is none yet: a process that finds it links it with LLVM alone
(`linker`), without the memory and the time that importing numba takes (`python -m benchmarks start` measures both).

What is compiled allocates nothing and calls nothing but libm. Entry points (`entry_point`) are called by Python, stages
(`stage`) only by other compiled functions.
"""
