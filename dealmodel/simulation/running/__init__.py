"""A run of a simulation: its trials in blocks, here or in other processes, a sample of them checked."""
