"""The random numbers of a simulation: which cells draw, from which stream, of which distribution, going together."""
