"""Catalogues of clusters: columns, flags, files, selection, truth tables and matching."""

from clusternet.catalog.build import completed, density, make_catalogue
from clusternet.catalog.columns import describe, numbers, plain
from clusternet.catalog.flags import ClusterFlag, decode_flags
from clusternet.catalog.matching import cross_match
from clusternet.catalog.parameters import GROUPS, INTRINSIC, PARAMETERS, Parameter
from clusternet.catalog.read_write import read_catalogue, write_catalogue
from clusternet.catalog.regions import to_regions, write_regions
from clusternet.catalog.schema import COLUMNS, Column, check_catalogue, column
from clusternet.catalog.selection import select
from clusternet.catalog.truth import match, select_found, truth_table

__all__ = [
    "COLUMNS",
    "ClusterFlag",
    "Column",
    "GROUPS",
    "INTRINSIC",
    "PARAMETERS",
    "Parameter",
    "check_catalogue",
    "column",
    "completed",
    "cross_match",
    "decode_flags",
    "density",
    "describe",
    "make_catalogue",
    "match",
    "numbers",
    "plain",
    "read_catalogue",
    "select",
    "select_found",
    "to_regions",
    "truth_table",
    "write_catalogue",
    "write_regions",
]
