"""Workbooks: read and written surgically, recalculated headlessly, built from the template."""
