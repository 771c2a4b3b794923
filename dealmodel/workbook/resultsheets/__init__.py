"""The sheets Simulation and Sensitivity: their layout, their charts, and how results are put into them.

Where a block of results stands is a defined name of its sheet, so that it is found wherever a user has moved it, and
so that none of it is taken for an input of the model.
"""
