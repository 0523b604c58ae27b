"""The Numenta Anomaly Benchmark (NAB): its protocol, and the product's detector measured by it."""
