"""What the formulas of a workbook give: computed by the engine, or as stored where that cannot be."""
