"""Commands that write to the control topic, one file each."""
