"""Functions as the careful evaluator works them out, for all trials at once."""
