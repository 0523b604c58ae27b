"""`streamgauge demo`: a scripted scene, a broker and a worker that score it, and which faults were found."""
