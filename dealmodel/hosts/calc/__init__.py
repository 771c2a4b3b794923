"""LibreOffice Calc: the whole catalogue as an add-in, and LibreOffice processes of our own that calculate with it.

Nothing here imports UNO when it is imported: `loader`, `rebind` and `driver` are read as files and run by
LibreOffice's own Python.
"""
