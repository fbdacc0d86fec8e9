/* Products of matrices that lie in flat arrays, with any steps between rows and columns.

   A tile of the product, some rows of one or two vectors, stays in registers while its sum runs. Columns of the right
   matrix that do not lie side by side are copied so first, a vector or two of them at a time.

   Included once for each floating type and set of instructions, after tiles.h. */

#if MANY_REGISTERS
#define TALLEST 12
#elif defined(__wasm__)
/* of 3, 4 and 6 the quickest: an engine keeps some registers for itself */
#define TALLEST 4
#else
#define TALLEST 6
#endif

/* c[r, :] = Σ_s a[r, s] b[s, :] for so many rows of so many vectors. */
INNER void NAME(product_tile)(const int rows, const int vectors, const number *a, size_t a_row, size_t a_step,
                              const number *b, size_t b_row, size_t terms, number *c, size_t c_row)
{
    vector sums[TALLEST][2] = {{{0}}};
    for (size_t s = 0; s < terms; s++, a += a_step, b += b_row) {
        vector right[2];
        UNROLLED for (int v = 0; v < vectors; v++) right[v] = load(b + v * LANES);
        UNROLLED for (int r = 0; r < rows; r++) {
            const vector left = everywhere(a[r * a_row]);
            UNROLLED for (int v = 0; v < vectors; v++) sums[r][v] += left * right[v];
        }
    }
    UNROLLED for (int r = 0; r < rows; r++)
        UNROLLED for (int v = 0; v < vectors; v++) store(c + r * c_row + v * LANES, sums[r][v]);
}

typedef void (*NAME(product_function))(const number *, size_t, size_t, const number *, size_t, size_t, number *, size_t);
#define PRODUCT(rows, vectors)                                                                                        \
    static void NAME(product_##rows##_##vectors)(const number *a, size_t a_row, size_t a_step, const number *b,      \
                                                 size_t b_row, size_t terms, number *c, size_t c_row)                \
    {                                                                                                                 \
        NAME(product_tile)(rows, vectors, a, a_row, a_step, b, b_row, terms, c, c_row);                               \
    }
#define PRODUCTS(rows) PRODUCT(rows, 1) PRODUCT(rows, 2)
PRODUCTS(1) PRODUCTS(2) PRODUCTS(3) PRODUCTS(4) PRODUCTS(5) PRODUCTS(6)
#if MANY_REGISTERS
PRODUCTS(7) PRODUCTS(8) PRODUCTS(9) PRODUCTS(10) PRODUCTS(11) PRODUCTS(12)
#endif
#define OF_ROWS(rows) {0, NAME(product_##rows##_1), NAME(product_##rows##_2)}
static const NAME(product_function) NAME(product_tiles)[][3] = {
    {0}, OF_ROWS(1), OF_ROWS(2), OF_ROWS(3), OF_ROWS(4), OF_ROWS(5), OF_ROWS(6),
#if MANY_REGISTERS
    OF_ROWS(7), OF_ROWS(8), OF_ROWS(9), OF_ROWS(10), OF_ROWS(11), OF_ROWS(12),
#endif
};

/* The numbers of two vectors in turn: of their first halves, and of their second. */
#if LANES == 2
#define FIRST_HALVES 0, 2
#define SECOND_HALVES 1, 3
#elif LANES == 4
#define FIRST_HALVES 0, 4, 1, 5
#define SECOND_HALVES 2, 6, 3, 7
#elif LANES == 8
#define FIRST_HALVES 0, 8, 1, 9, 2, 10, 3, 11
#define SECOND_HALVES 4, 12, 5, 13, 6, 14, 7, 15
#else
#define FIRST_HALVES 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define SECOND_HALVES 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#endif

/* Write the transpose of a square of LANES rows: to[c, r] = from[r, c]. Each round halves how far apart neighbours are. */
INNER void NAME(transpose)(const number *from, size_t from_row, number *to, size_t to_row)
{
    vector rows[LANES], next[LANES];
    UNROLLED for (int r = 0; r < LANES; r++) rows[r] = load(from + r * from_row);
    UNROLLED for (int apart = 1; apart < LANES; apart *= 2) {
        UNROLLED for (int r = 0; r < LANES / 2; r++) {
            next[2 * r] = __builtin_shufflevector(rows[r], rows[r + LANES / 2], FIRST_HALVES);
            next[2 * r + 1] = __builtin_shufflevector(rows[r], rows[r + LANES / 2], SECOND_HALVES);
        }
        UNROLLED for (int r = 0; r < LANES; r++) rows[r] = next[r];
    }
    UNROLLED for (int r = 0; r < LANES; r++) store(to + r * to_row, rows[r]);
}

/* Copy `count` columns of `terms` numbers side by side into `out` (terms, width). What is computed of the zeros beside
   them is left out: they are there since subnormal numbers, left from before, would make products slow. */
static void NAME(copy_columns)(const number *b, size_t b_row, size_t b_column, size_t terms, size_t count, size_t width,
                               number *out)
{
    const size_t squares = b_row == 1 ? terms / LANES * LANES : 0, across = count / LANES * LANES;
    for (size_t c = 0; c < across; c += LANES)
        for (size_t s = 0; s < squares; s += LANES) NAME(transpose)(b + c * b_column + s, b_column, out + s * width + c, width);
    for (size_t s = 0; s < terms; s++) {
        for (size_t c = s < squares ? across : 0; c < count; c++) out[s * width + c] = b[s * b_row + c * b_column];
        for (size_t c = count; c < width; c++) out[s * width + c] = 0;
    }
}

/* Numbers that this thread is about to change, and that other cores have read. */
typedef struct {
    number *next, *stop;
} NAME(claimed);

/* Write one number of each of a few lines as it is. A line that other cores have read can be changed only once they
   have let go of it, after 10 to 100 ns; here products go on meanwhile, which takes 5 to 35 % off a step of two threads.
   (Prefetching for writing does nothing for such lines.) Nobody changes them before all parts are done, so that whoever
   still reads them reads the same. */
static void NAME(claim)(NAME(claimed) * own)
{
    for (size_t lines = 0; lines < CLAIMED && own->next < own->stop; lines++, own->next += LINE / sizeof(number))
        *(volatile number *)own->next = *own->next;
}

/* c (m, few) = a (m, terms) b (terms, few) for at most half as many columns as a vector has numbers, where the numbers
   of a row of a, and of a column of b, lie side by side: in tiles as wide as a vector most products would be with zero. */
static void NAME(multiply_columns)(size_t m, size_t few, size_t terms, const number *a, size_t a_row, const number *b,
                                   size_t b_column, number *c, size_t c_row, number *corner)
{
    const size_t whole = terms / LANES * LANES;
    for (size_t first = 0, rows; first < m; first += rows, a += rows * a_row, c += rows * c_row) {
        rows = next_part(m - first, DOT_ROWS);
        memset(corner, 0, rows * LANES * sizeof(number));
        NAME(dots)(a, a_row, b, b_column, terms / LANES, corner, LANES, rows, few);
        for (size_t r = 0; r < rows; r++)
            for (size_t k = 0; k < few; k++) {
                c[r * c_row + k] = corner[r * LANES + k];
                for (size_t s = whole; s < terms; s++) c[r * c_row + k] += a[r * a_row + s] * b[k * b_column + s];
            }
    }
}

/* c (m, n) = a (m, terms) b (terms, n): the number in row r and column s of a is a[r a_row + s a_step], that of b
   b[r b_row + s b_column]. The memory holds (terms + TALLEST) 2 LANES numbers. Meanwhile `own`, or NULL, is claimed. */
static void NAME(multiply)(size_t m, size_t n, size_t terms, const number *a, size_t a_row, size_t a_step,
                           const number *b, size_t b_row, size_t b_column, number *c, size_t c_row, number *memory,
                           NAME(claimed) * own)
{
    number *const columns = memory, *const corner = memory + terms * 2 * LANES;
    for (size_t first = 0; first < n; first += 2 * LANES) {
        const size_t count = n - first < 2 * LANES ? n - first : 2 * LANES;
        const size_t vectors = count > LANES ? 2 : 1, width = vectors * LANES;
        if (a_step == 1 && b_row == 1 && 2 * count <= LANES && terms > LONG_SUM) {
            NAME(multiply_columns)(m, count, terms, a, a_row, b + first * b_column, b_column, c + first, c_row, corner);
            break;
        }
        const int whole = count == width, direct = b_column == 1 && whole;
        if (!direct) NAME(copy_columns)(b + first * b_column, b_row, b_column, terms, count, width, columns);
        for (size_t r = 0, rows; r < m; r += rows) {
            rows = next_part(m - r, TALLEST);
            if (own != NULL) NAME(claim)(own);
            NAME(product_tiles)[rows][vectors](a + r * a_row, a_row, a_step, direct ? b + first : columns,
                                               direct ? b_row : width, terms, whole ? c + r * c_row + first : corner,
                                               whole ? c_row : width);
            for (size_t k = 0; !whole && k < rows; k++)
                memcpy(c + (r + k) * c_row + first, corner + k * width, count * sizeof(number));
        }
    }
}
