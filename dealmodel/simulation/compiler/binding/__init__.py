"""From the formulas of a workbook to a graph in which equal parts are one node."""
