"""The program with every error, text and blank as a spreadsheet has them: slower, and always right."""
