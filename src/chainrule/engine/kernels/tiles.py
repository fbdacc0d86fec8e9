"""Small blocks of matrix products whose sums stay in vector registers, as machine code for the processor at hand."""

from typing import Any

from llvmlite import binding, ir
from numba.core import cgutils, types
from numba.core.extending import intrinsic

FEATURES = binding.get_host_cpu_features()
VECTOR_BYTES = 64 if FEATURES.get("avx512f") else 32 if FEATURES.get("avx") else 16
MANY_REGISTERS = bool(FEATURES.get("avx512f") or FEATURES.get("neon"))
IN_ORDER, IN_ANY_ORDER = ("contract",), ("contract", "reassoc")
BIT, INT = ir.IntType(1), ir.IntType(32)


def outer_tile(rows: int, halves: int, *, adding: bool = False, masked: bool = False, fetching: bool = False) -> Any:
    """Return a function that makes some rows of one or two vectors, as a sum of outer products.

    Parameters:
        rows: of the tile.
        halves: vectors in a row, one or two.
        adding: whether it adds to what is there.
        masked: whether only some numbers of each vector are there.
        fetching: whether it asks memory for what lies `ahead` of what it reads of `b`.
    """

    @intrinsic
    def tile(_, a, a_row, a_step, b, b_row, size, c, c_row, count, ahead):
        """Make c[r · c_row :] = Σ_s a[r · a_row + s · a_step] b[s · b_row :], of `size` terms and `count` numbers."""

        def generate(context, builder, signature, arguments):
            """Return the instructions."""
            places = _pointers(context, builder, signature, arguments)
            a, a_row, a_step, b, b_row, size, c, c_row, count, ahead = places
            vectors = _Vectors(context, builder, a, count if masked else None)
            sums = [[vectors.zero() for _ in range(halves)] for _ in range(rows)]
            with cgutils.for_range(builder, size) as loop:
                term = builder.mul(loop.index, b_row)
                right = [vectors.load(b, vectors.plus(term, half)) for half in range(halves)]
                for half in range(halves if fetching else 0):
                    vectors.fetch(b, vectors.plus(builder.add(term, ahead), half))
                column = builder.mul(loop.index, a_step)
                for r, pair in enumerate(sums):
                    left = vectors.everywhere(a, builder.add(column, times(builder, a_row, r)))
                    for total, part in zip(pair, right, strict=True):
                        vectors.add_product(total, left, part, IN_ORDER)
            for r, pair in enumerate(sums):
                for half, total in enumerate(pair):
                    place, result = vectors.plus(times(builder, c_row, r), half), builder.load(total)
                    if adding:
                        result = builder.fadd(vectors.load(c, place), result)
                    vectors.store(result, c, place)
            return context.get_dummy_value()

        return types.void(a, a_row, a_step, b, b_row, size, c, c_row, count, ahead), generate

    return tile


def dot_tile(rows: int, columns: int) -> Any:
    """Return a function that adds the products of some rows with some others."""

    @intrinsic
    def tile(_, a, a_row, b, b_row, size, c, c_row):
        """Add to c[r · c_row + k] the sum Σ_s a[r · a_row + s] b[k · b_row + s], of `size` terms in any order."""

        def generate(context, builder, signature, arguments):
            """Return the instructions."""
            a, a_row, b, b_row, size, c, c_row = _pointers(context, builder, signature, arguments)
            vectors = _Vectors(context, builder, a, None)
            lanes = ir.Constant(size.type, vectors.lanes)
            sums = [[vectors.zero() for _ in range(columns)] for _ in range(rows)]

            def add(vectors, start):
                left = [vectors.load(a, builder.add(start, times(builder, a_row, r))) for r in range(rows)]
                for k in range(columns):
                    right = vectors.load(b, builder.add(start, times(builder, b_row, k)))
                    for r in range(rows):
                        vectors.add_product(sums[r][k], left[r], right, IN_ANY_ORDER)

            whole = builder.sdiv(size, lanes)
            with cgutils.for_range(builder, whole) as loop:
                add(vectors, builder.mul(loop.index, lanes))
            start = builder.mul(whole, lanes)
            with builder.if_then(builder.icmp_signed("<", start, size)):
                add(_Vectors(context, builder, a, builder.sub(size, start)), start)
            for r, row in enumerate(sums):
                for k, total in enumerate(row):
                    place = builder.gep(c, [builder.add(times(builder, c_row, r), ir.Constant(c_row.type, k))])
                    builder.store(builder.fadd(builder.load(place), vectors.sum_of(total)), place)
            return context.get_dummy_value()

        return types.void(a, a_row, b, b_row, size, c, c_row), generate

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
    """Vectors of the type that a pointer points to; only the first `count` numbers of each, where that is given."""

    def __init__(self, context: Any, builder: Any, pointer: Any, count: Any) -> None:
        self._builder, self._number = builder, pointer.type.pointee
        self._align = context.get_abi_sizeof(self._number)
        self.lanes = VECTOR_BYTES // self._align
        self._type = ir.VectorType(self._number, self.lanes)
        self._mask = None
        if count is not None:
            first = builder.insert_element(
                ir.Constant(ir.VectorType(count.type, self.lanes), ir.Undefined), count, ir.Constant(INT, 0)
            )
            order = ir.Constant(first.type, list(range(self.lanes)))
            self._mask = builder.icmp_signed("<", order, self._same(first))

    def zero(self) -> Any:
        """Return a place for a vector, of zeros."""
        place = cgutils.alloca_once(self._builder, self._type)
        self._builder.store(ir.Constant(self._type, None), place)
        return place

    def plus(self, start: Any, vectors: int) -> Any:
        """Return the place so many vectors behind another."""
        return self._builder.add(start, ir.Constant(start.type, vectors * self.lanes))

    def load(self, start: Any, offset: Any) -> Any:
        """Return the vector there, zeros for what is not."""
        place = self._place(start, offset)
        if self._mask is None:
            return self._builder.load(place, align=self._align)
        arguments = (place, ir.Constant(INT, self._align), self._mask, ir.Constant(self._type, None))
        return self._call("llvm.masked.load", self._type, arguments)

    def store(self, vector: Any, start: Any, offset: Any) -> None:
        """Write a vector there."""
        place = self._place(start, offset)
        if self._mask is None:
            self._builder.store(vector, place, align=self._align)
        else:
            arguments = (vector, place, ir.Constant(INT, self._align), self._mask)
            self._call("llvm.masked.store", ir.VoidType(), arguments)

    def fetch(self, start: Any, offset: Any) -> None:
        """Ask for the vector there to be brought near."""
        hints = [ir.Constant(INT, hint) for hint in (0, 2, 1)]  # to read, near but not next, numbers
        arguments = [self._builder.gep(start, [offset]), *hints]
        kind = ir.FunctionType(ir.VoidType(), [argument.type for argument in arguments])
        self._builder.call(cgutils.get_or_insert_function(self._builder.module, kind, "llvm.prefetch.p0"), arguments)

    def everywhere(self, start: Any, offset: Any) -> Any:
        """Return a vector of the one number there."""
        number = self._builder.load(self._builder.gep(start, [offset]))
        return self._same(
            self._builder.insert_element(ir.Constant(self._type, ir.Undefined), number, ir.Constant(INT, 0))
        )

    def add_product(self, total: Any, left: Any, right: Any, flags: tuple[str, ...]) -> None:
        """Add the product of two vectors to the one in a place."""
        product = self._builder.fmul(left, right, flags=flags)
        self._builder.store(self._builder.fadd(product, self._builder.load(total), flags=flags), total)

    def sum_of(self, total: Any) -> Any:
        """Return the sum of the numbers of the vector in a place: of its halves, and theirs."""
        vector = self._builder.load(total)
        while (half := vector.type.count // 2) > 0:
            low, high = (ir.Constant(ir.VectorType(INT, half), list(range(k, k + half))) for k in (0, half))
            parts = [self._builder.shuffle_vector(vector, vector, order) for order in (low, high)]
            vector = self._builder.fadd(*parts)
        return self._builder.extract_element(vector, ir.Constant(INT, 0))

    def _place(self, start: Any, offset: Any) -> Any:
        return self._builder.bitcast(self._builder.gep(start, [offset]), self._type.as_pointer())

    def _same(self, vector: Any) -> Any:
        return self._builder.shuffle_vector(
            vector, vector, ir.Constant(ir.VectorType(INT, self.lanes), [0] * self.lanes)
        )

    def _call(self, name: str, result: Any, arguments: tuple[Any, ...]) -> Any:
        name = f"{name}.v{self.lanes}{self._number.intrinsic_name}.p0"
        kind = ir.FunctionType(result, [argument.type for argument in arguments])
        return self._builder.call(cgutils.get_or_insert_function(self._builder.module, kind, name), arguments)
