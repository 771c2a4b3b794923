"""The programs that calculate the functions; each host translates its own spelling of cells and no more."""
