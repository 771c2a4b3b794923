"""`python -m dealmodel` is the command line."""

from dealmodel.start import main

main()
