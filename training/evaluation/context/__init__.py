"""The contextual suite: values often seen before, at the wrong moment; every fault has a clean twin."""
