"""What a workbook's file stores, read and replaced as bytes: parts, cells, formulas, texts."""
