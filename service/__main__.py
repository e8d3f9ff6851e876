"""`python -m service` is `pieloop`."""

from service.cli import main

if __name__ == "__main__":
    main()
