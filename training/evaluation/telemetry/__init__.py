"""Labelled telemetry: folders of recorded series with the incidents that people have seen in them."""
