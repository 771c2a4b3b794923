"""Simulation of a workbook: its uncertain cells are sampled, its own formulas run on all trials at once."""
