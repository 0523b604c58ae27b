"""`streamgauge state`: learned state, managed while no worker runs."""
