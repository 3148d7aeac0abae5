"""The tables of a store, as data: what a row is, what each column means, and its unit."""

from renown.schema.tables import TABLES, Column, ColumnType, Table, arrow_schema

__all__ = ["TABLES", "Column", "ColumnType", "Table", "arrow_schema"]
