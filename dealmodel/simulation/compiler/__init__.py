"""From the formulas of a workbook to a NumPy program over many trials."""
