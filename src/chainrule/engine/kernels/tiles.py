"""Small blocks of matrix products whose sums stay in vector registers, as machine code for the processor at hand."""

from typing import Any

from llvmlite import binding, ir
from numba.core import cgutils, types
from numba.core.extending import intrinsic

FEATURES = binding.get_host_cpu_features()
VECTOR_BYTES = 64 if FEATURES.get("avx512f") else 32 if FEATURES.get("avx") else 16
MANY_REGISTERS = bool(FEATURES.get("avx512f") or FEATURES.get("neon"))
IN_ORDER = ("contract",)
INT = ir.IntType(32)


def outer_tile(rows: int, halves: int) -> Any:
    """Return a function that makes some rows of one or two vectors, as a sum of outer products."""

    @intrinsic
    def tile(_, a, a_row, a_step, b, b_row, size, c, c_row):
        """Make c[r · c_row :] = Σ_s a[r · a_row + s · a_step] b[s · b_row :], of `size` terms."""

        def generate(context, builder, signature, arguments):
            """Return the instructions."""
            a, a_row, a_step, b, b_row, size, c, c_row = _pointers(context, builder, signature, arguments)
            vectors = _Vectors(context, builder, a)
            sums = [[vectors.zero() for _ in range(halves)] for _ in range(rows)]
            with cgutils.for_range(builder, size) as loop:
                term = builder.mul(loop.index, b_row)
                right = [vectors.load(b, vectors.plus(term, half)) for half in range(halves)]
                column = builder.mul(loop.index, a_step)
                for r, pair in enumerate(sums):
                    left = vectors.everywhere(a, builder.add(column, times(builder, a_row, r)))
                    for total, part in zip(pair, right, strict=True):
                        vectors.add_product(total, left, part)
            for r, pair in enumerate(sums):
                for half, total in enumerate(pair):
                    vectors.store(builder.load(total), c, vectors.plus(times(builder, c_row, r), half))
            return context.get_dummy_value()

        return types.void(a, a_row, a_step, b, b_row, size, c, c_row), generate

    return tile


def times(builder: Any, number: Any, constant: int) -> Any:
    """Return a whole number times a constant."""
    return builder.mul(number, ir.Constant(number.type, constant))


def _pointers(context: Any, builder: Any, signature: Any, arguments: Any) -> list[Any]:
    """Return the arguments, of each array the place where it begins."""
    return [
        context.make_array(kind)(context, builder, value).data if isinstance(kind, types.Array) else value
        for kind, value in zip(signature.args, arguments, strict=True)
    ]


class _Vectors:
    """Vectors of the type that a pointer points to."""

    def __init__(self, context: Any, builder: Any, pointer: Any) -> None:
        self._builder, self._number = builder, pointer.type.pointee
        self._align = context.get_abi_sizeof(self._number)
        self.lanes = VECTOR_BYTES // self._align
        self._type = ir.VectorType(self._number, self.lanes)

    def zero(self) -> Any:
        """Return a place for a vector, of zeros."""
        place = cgutils.alloca_once(self._builder, self._type)
        self._builder.store(ir.Constant(self._type, None), place)
        return place

    def plus(self, start: Any, vectors: int) -> Any:
        """Return the place so many vectors behind another."""
        return self._builder.add(start, ir.Constant(start.type, vectors * self.lanes))

    def load(self, start: Any, offset: Any) -> Any:
        """Return the vector there."""
        return self._builder.load(self._place(start, offset), align=self._align)

    def store(self, vector: Any, start: Any, offset: Any) -> None:
        """Write a vector there."""
        self._builder.store(vector, self._place(start, offset), align=self._align)

    def everywhere(self, start: Any, offset: Any) -> Any:
        """Return a vector of the one number there."""
        number = self._builder.load(self._builder.gep(start, [offset]))
        one = self._builder.insert_element(ir.Constant(self._type, ir.Undefined), number, ir.Constant(INT, 0))
        return self._builder.shuffle_vector(one, one, ir.Constant(ir.VectorType(INT, self.lanes), [0] * self.lanes))

    def add_product(self, total: Any, left: Any, right: Any) -> None:
        """Add the product of two vectors to the one in a place."""
        product = self._builder.fmul(left, right, flags=IN_ORDER)
        self._builder.store(self._builder.fadd(product, self._builder.load(total), flags=IN_ORDER), total)

    def _place(self, start: Any, offset: Any) -> Any:
        return self._builder.bitcast(self._builder.gep(start, [offset]), self._type.as_pointer())
