"""`python -m crmtui` does what `crmtui` does."""

from crmtui.cli import main

if __name__ == "__main__":
    main()
