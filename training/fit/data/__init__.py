"""The data of a fit: sources, cleaning, audit, split."""
