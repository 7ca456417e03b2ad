"""`python -m kinescape` is `kinescape`."""

from kinescape.cli import main

if __name__ == "__main__":
    main()
