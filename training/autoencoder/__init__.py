"""An autoencoder of windows: the network, and its fit on a user's own series."""
