"""The module for xlwings' "UDF Modules": every worksheet function under its worksheet name.

Examples
--------
>>> from dealmodel import udfs
>>> udfs.DM_SHORTFALL(294.0, 892.0)
598.0
"""

from __future__ import annotations

from dealmodel.hosts.excel import FUNCTIONS

globals().update(FUNCTIONS)
