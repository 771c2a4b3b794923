"""xlwings Lite: Excel for Windows, Mac and the web, with Python in the browser that Excel's add-ins run in."""
