"""The trained model beside the shipped one, on held-out data."""
