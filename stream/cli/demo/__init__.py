"""`streamgauge demo`: a scripted scene, a stage to play it on, and the reckoning of what was found."""
