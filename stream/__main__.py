"""`python -m stream` is the `streamgauge` command."""

from stream.cli import run

if __name__ == "__main__":
    run()
