"""`python -m loyalty.cli`: what the supervisor starts its children with."""

from loyalty.cli import main

if __name__ == "__main__":
    main()
