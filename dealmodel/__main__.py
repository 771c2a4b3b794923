"""`python -m dealmodel` is the command line."""

from dealmodel.cli import main

main()
