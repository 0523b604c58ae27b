"""A field of a record: type, shape and meaning, declared once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, Self, TypeVar, overload

import numpy as np
from numpy.typing import DTypeLike, NDArray

from stream.detection.arrays import Float64, Int64, Layout

Column = TypeVar("Column")
Cell = TypeVar("Cell")
Kind = TypeVar("Kind", bound=np.generic)


class FieldColumns:
    """What holds a field of many records: there it is an array, of shape (records, *shape)."""


class Cells:
    """One record as compiled code sees it: there a field is read and written in place."""


class Field(Generic[Column, Cell]):
    """A declared field.

    Parameters
    ----------
    kind : dtype
        Of a number.
    shape : tuple of int
        Of what one record holds.
    text : str
        What it is, with its unit.
    unseen : number or tuple of numbers
        What it is in a record of a key that has not been seen yet.
    """

    def __init__(self, kind: DTypeLike, shape: tuple[int, ...], text: str, unseen: int | tuple[int, ...] = 0) -> None:
        self.kind: Final = np.dtype(kind).newbyteorder("<")
        self.shape, self.text, self.unseen = shape, text, unseen

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: type) -> Self: ...
        @overload
        def __get__(self, instance: FieldColumns, owner: type) -> Column: ...
        @overload
        def __get__(self, instance: Cells, owner: type) -> Cell: ...
        def __get__(self, instance: FieldColumns | Cells | None, owner: type) -> Self | Column | Cell:
            """Read the field: its declaration, a column, or a cell."""

        @overload
        def __set__(self, instance: FieldColumns, value: Column) -> None: ...
        @overload
        def __set__(self, instance: Cells, value: Cell) -> None: ...
        def __set__(self, instance: FieldColumns | Cells, value: Column | Cell) -> None:
            """Write the field in place."""


def real(text: str) -> Field[Float64, float]:
    """Declare a number of 8 bytes."""
    return Field(np.float64, (), text)


def whole(text: str, unseen: int = 0) -> Field[Int64, int]:
    """Declare a whole number of 8 bytes."""
    return Field(np.int64, (), text, unseen)


def flag(text: str) -> Field[NDArray[np.bool_], bool]:
    """Declare what holds or does not."""
    return Field(np.bool_, (), text)


def number(kind: type[Kind], text: str, unseen: int = 0) -> Field[NDArray[Kind], Kind]:
    """Declare a number of a kind."""
    return Field(kind, (), text, unseen)


def vector(
    kind: type[Kind], shape: int | tuple[int, ...], text: str, unseen: int | tuple[int, ...] = 0
) -> Field[NDArray[Kind], NDArray[Kind]]:
    """Declare several numbers of a kind."""
    return Field(kind, shape if isinstance(shape, tuple) else (shape,), text, unseen)


def fields_of(declared: type) -> dict[str, Field[Any, Any]]:
    """List the fields that a class and those above it declare: the larger numbers first, else in their order.

    So each lies on its natural boundary, without padding.
    """
    found = {
        name: field
        for above in reversed(declared.__mro__)
        for name, field in vars(above).items()
        if isinstance(field, Field)
    }
    return dict(sorted(found.items(), key=lambda item: -item[1].kind.itemsize))


def layout_of(fields: dict[str, Field[Any, Any]]) -> Layout:
    """Lay fields out one behind the other."""
    return np.dtype([(name, field.kind, field.shape) for name, field in fields.items()])
