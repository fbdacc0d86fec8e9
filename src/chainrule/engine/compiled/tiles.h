/* Products of matrices of which one has few rows and the other is long and read once, as it lies.

   A tile of the product stays in vector registers while its sum runs. A library's product copies what it multiplies into
   a better order first, which costs more than it gains where a number takes part in only some ten multiplications.

   Included once for each floating type and set of instructions, which say what `number`, LANES, MANY_REGISTERS and NAME
   are. Where vectors are read, whole ones can be: who calls sees to it that there is memory behind the last number. */

#define vector NAME(vector_of)
#define doubles NAME(doubles_of)
#define floats NAME(floats_of)

typedef number vector __attribute__((vector_size(LANES * sizeof(number))));
typedef double doubles __attribute__((vector_size(LANES * sizeof(double))));
typedef float floats __attribute__((vector_size(LANES * sizeof(float))));
typedef number NAME(loose) __attribute__((vector_size(LANES * sizeof(number)), aligned(sizeof(number)), may_alias));

INNER vector NAME(load_from)(const number *place) { return *(const NAME(loose) *)place; }
INNER void NAME(store_to)(number *place, vector numbers) { *(NAME(loose) *)place = numbers; }
INNER vector NAME(same)(number one) { return one - (vector){0}; }
#define load NAME(load_from)
#define store NAME(store_to)
#define everywhere NAME(same)

/* Sums of neighbours, `span` numbers apart, of two vectors: in turns `span` sums of a and `span` of b. */
#define FROM_LOW(lane, span) (lane) / (span) % 2 ? LANES + (lane) - (span) : (lane)
#define FROM_HIGH(lane, span) (lane) / (span) % 2 ? LANES + (lane) : (lane) + (span)
#define TWO(from, lane, span) from(lane, span), from(lane + 1, span)
#define FOUR(from, lane, span) TWO(from, lane, span), TWO(from, lane + 2, span)
#define EIGHT(from, lane, span) FOUR(from, lane, span), FOUR(from, lane + 4, span)
#if LANES == 2
#define EACH_LANE(from, span) TWO(from, 0, span)
#elif LANES == 4
#define EACH_LANE(from, span) FOUR(from, 0, span)
#elif LANES == 8
#define EACH_LANE(from, span) EIGHT(from, 0, span)
#else
#define EACH_LANE(from, span) EIGHT(from, 0, span), EIGHT(from, 8, span)
#endif
#define LOW(a, b, span) __builtin_shufflevector(a, b, EACH_LANE(FROM_LOW, span))
#define HIGH(a, b, span) __builtin_shufflevector(a, b, EACH_LANE(FROM_HIGH, span))
#define PAIRED(a, b, span) (LOW(a, b, span) + HIGH(a, b, span))

/* Transpose a square: each exchange is of blocks of `span` rows and columns beside the diagonal. */
#define TURNED(span)                                                                                                   \
    UNROLLED for (int k = 0; k < LANES; k++)                                                                           \
        if (k / span % 2 == 0) {                                                                                       \
            const vector low = LOW(rows[k], rows[k + span], span), high = HIGH(rows[k], rows[k + span], span);         \
            rows[k] = low;                                                                                             \
            rows[k + span] = high;                                                                                     \
        }
INNER void NAME(turn)(vector rows[LANES])
{
    TURNED(1)
#if LANES >= 4
    TURNED(2)
#endif
#if LANES >= 8
    TURNED(4)
#endif
#if LANES >= 16
    TURNED(8)
#endif
}

/* The vector of the sums of as many vectors as it has numbers. */
INNER vector NAME(sums)(vector each[LANES])
{
    UNROLLED for (int k = 0; k < LANES / 2; k++) each[k] = PAIRED(each[2 * k], each[2 * k + 1], 1);
#if LANES >= 4
    UNROLLED for (int k = 0; k < LANES / 4; k++) each[k] = PAIRED(each[2 * k], each[2 * k + 1], 2);
#endif
#if LANES >= 8
    UNROLLED for (int k = 0; k < LANES / 8; k++) each[k] = PAIRED(each[2 * k], each[2 * k + 1], 4);
#endif
#if LANES >= 16
    each[0] = PAIRED(each[0], each[1], 8);
#endif
    return each[0];
}

INNER number NAME(sum)(vector numbers)
{
    vector each[LANES];
    UNROLLED for (int k = 0; k < LANES; k++) each[k] = k == 0 ? numbers : everywhere(0);
    return NAME(sums)(each)[0];
}
#define sum_of NAME(sum)

/* The most rows that a tile has, and how many vectors or columns one of so many rows has: as many as fit, with what is
   multiplied, in 32 registers or in 16. */
#if MANY_REGISTERS
#define OUTER_ROWS 12
#define OUTER_VECTORS {0, 8, 8, 8, 4, 4, 4, 2, 2, 2, 2, 2, 2}
#define DOT_COLUMNS {0, 8, 8, 8, 6, 5}
#else
#define OUTER_ROWS 5
#define OUTER_VECTORS {0, 4, 4, 2, 2, 2}
#define DOT_COLUMNS {0, 4, 4, 3, 2, 2}
#endif
#define DOT_ROWS 5

/* out[r, :] += Σ_s few[r, s] many[s, :] for so many rows of so many vectors; what lies `ahead` of `many` is asked for. */
INNER void NAME(outer_tile)(const int rows, const int vectors, const number *few, size_t few_row, const number *many,
                            size_t many_row, size_t terms, number *out, size_t out_row, size_t ahead)
{
    vector sums[OUTER_ROWS][8];
    UNROLLED for (int r = 0; r < rows; r++)
        UNROLLED for (int v = 0; v < vectors; v++) sums[r][v] = everywhere(0);
    for (size_t s = 0; s < terms; s++, few++, many += many_row) {
        vector right[8];
        UNROLLED for (int v = 0; v < vectors; v++) {
            right[v] = load(many + v * LANES);
            __builtin_prefetch(many + ahead + v * LANES);
        }
        UNROLLED for (int r = 0; r < rows; r++) {
            const vector left = everywhere(few[r * few_row]);
            UNROLLED for (int v = 0; v < vectors; v++) sums[r][v] += left * right[v];
        }
    }
    UNROLLED for (int r = 0; r < rows; r++)
        UNROLLED for (int v = 0; v < vectors; v++) {
            number *place = out + r * out_row + v * LANES;
            store(place, load(place) + sums[r][v]);
        }
}

/* out[r, c] += Σ_s few[r, s] many[c, s] over so many vectors, for so many rows of either. Each row of `out` is written by
   whole vectors: to what lies behind the last column zeros are added. */
INNER void NAME(dot_tile)(const int rows, const int columns, const number *few, size_t few_row, const number *many,
                          size_t many_row, size_t vectors, number *out, size_t out_row)
{
    vector sums[DOT_ROWS][16];
    UNROLLED for (int r = 0; r < rows; r++)
        UNROLLED for (int c = 0; c < columns; c++) sums[r][c] = everywhere(0);
    for (size_t s = 0; s < vectors; s++, few += LANES, many += LANES) {
        vector left[DOT_ROWS];
        UNROLLED for (int r = 0; r < rows; r++) left[r] = load(few + r * few_row);
        UNROLLED for (int c = 0; c < columns; c++) {
            const vector right = load(many + c * many_row);
            UNROLLED for (int r = 0; r < rows; r++) sums[r][c] += left[r] * right;
        }
    }
    UNROLLED for (int r = 0; r < rows; r++)
        UNROLLED for (int first = 0; first < columns; first += LANES) {
            number *place = out + r * out_row + first;
            vector each[LANES];
            UNROLLED for (int c = 0; c < LANES; c++) each[c] = first + c < columns ? sums[r][first + c] : everywhere(0);
            store(place, load(place) + NAME(sums)(each));
        }
}

#define OUTER(rows, vectors)                                                                                           \
    static void NAME(outer_##rows##_##vectors)(const number *few, size_t few_row, const number *many, size_t many_row, \
                                               size_t terms, number *out, size_t out_row, size_t ahead)                \
    {                                                                                                                  \
        NAME(outer_tile)(rows, vectors, few, few_row, many, many_row, terms, out, out_row, ahead);                     \
    }
#define DOTS(rows, columns)                                                                                            \
    static void NAME(dots_##rows##_##columns)(const number *few, size_t few_row, const number *many, size_t many_row,  \
                                              size_t vectors, number *out, size_t out_row)                             \
    {                                                                                                                  \
        NAME(dot_tile)(rows, columns, few, few_row, many, many_row, vectors, out, out_row);                            \
    }

OUTER(1, 1) OUTER(1, 2) OUTER(1, 4)
OUTER(2, 1) OUTER(2, 2) OUTER(2, 4)
OUTER(3, 1) OUTER(3, 2)
OUTER(4, 1) OUTER(4, 2)
OUTER(5, 1) OUTER(5, 2)
DOTS(1, 1) DOTS(1, 2) DOTS(1, 3) DOTS(1, 4)
DOTS(2, 1) DOTS(2, 2) DOTS(2, 3) DOTS(2, 4)
DOTS(3, 1) DOTS(3, 2) DOTS(3, 3)
DOTS(4, 1) DOTS(4, 2)
DOTS(5, 1) DOTS(5, 2)
#if MANY_REGISTERS
OUTER(1, 8) OUTER(2, 8) OUTER(3, 4) OUTER(3, 8) OUTER(4, 4) OUTER(5, 4)
OUTER(6, 1) OUTER(6, 2) OUTER(6, 4)
OUTER(7, 1) OUTER(7, 2) OUTER(8, 1) OUTER(8, 2) OUTER(9, 1) OUTER(9, 2)
OUTER(10, 1) OUTER(10, 2) OUTER(11, 1) OUTER(11, 2) OUTER(12, 1) OUTER(12, 2)
DOTS(1, 5) DOTS(1, 6) DOTS(1, 7) DOTS(1, 8)
DOTS(2, 5) DOTS(2, 6) DOTS(2, 7) DOTS(2, 8)
DOTS(3, 4) DOTS(3, 5) DOTS(3, 6) DOTS(3, 7) DOTS(3, 8)
DOTS(4, 3) DOTS(4, 4) DOTS(4, 5) DOTS(4, 6)
DOTS(5, 3) DOTS(5, 4) DOTS(5, 5)
#endif

typedef void (*NAME(outer_function))(const number *, size_t, const number *, size_t, size_t, number *, size_t, size_t);
typedef void (*NAME(dot_function))(const number *, size_t, const number *, size_t, size_t, number *, size_t);

#define OUT(rows, vectors) NAME(outer_##rows##_##vectors)
#define DOT(rows, columns) NAME(dots_##rows##_##columns)
static const NAME(outer_function) NAME(outer_tiles)[][9] = {
    {0},
#if MANY_REGISTERS
    {0, OUT(1, 1), OUT(1, 2), 0, OUT(1, 4), 0, 0, 0, OUT(1, 8)},
    {0, OUT(2, 1), OUT(2, 2), 0, OUT(2, 4), 0, 0, 0, OUT(2, 8)},
    {0, OUT(3, 1), OUT(3, 2), 0, OUT(3, 4), 0, 0, 0, OUT(3, 8)},
    {0, OUT(4, 1), OUT(4, 2), 0, OUT(4, 4)},
    {0, OUT(5, 1), OUT(5, 2), 0, OUT(5, 4)},
    {0, OUT(6, 1), OUT(6, 2), 0, OUT(6, 4)},
    {0, OUT(7, 1), OUT(7, 2)},
    {0, OUT(8, 1), OUT(8, 2)},
    {0, OUT(9, 1), OUT(9, 2)},
    {0, OUT(10, 1), OUT(10, 2)},
    {0, OUT(11, 1), OUT(11, 2)},
    {0, OUT(12, 1), OUT(12, 2)},
#else
    {0, OUT(1, 1), OUT(1, 2), 0, OUT(1, 4)},
    {0, OUT(2, 1), OUT(2, 2), 0, OUT(2, 4)},
    {0, OUT(3, 1), OUT(3, 2)},
    {0, OUT(4, 1), OUT(4, 2)},
    {0, OUT(5, 1), OUT(5, 2)},
#endif
};
static const NAME(dot_function) NAME(dot_tiles)[][9] = {
    {0},
#if MANY_REGISTERS
    {0, DOT(1, 1), DOT(1, 2), DOT(1, 3), DOT(1, 4), DOT(1, 5), DOT(1, 6), DOT(1, 7), DOT(1, 8)},
    {0, DOT(2, 1), DOT(2, 2), DOT(2, 3), DOT(2, 4), DOT(2, 5), DOT(2, 6), DOT(2, 7), DOT(2, 8)},
    {0, DOT(3, 1), DOT(3, 2), DOT(3, 3), DOT(3, 4), DOT(3, 5), DOT(3, 6), DOT(3, 7), DOT(3, 8)},
    {0, DOT(4, 1), DOT(4, 2), DOT(4, 3), DOT(4, 4), DOT(4, 5), DOT(4, 6)},
    {0, DOT(5, 1), DOT(5, 2), DOT(5, 3), DOT(5, 4), DOT(5, 5)},
#else
    {0, DOT(1, 1), DOT(1, 2), DOT(1, 3), DOT(1, 4)},
    {0, DOT(2, 1), DOT(2, 2), DOT(2, 3), DOT(2, 4)},
    {0, DOT(3, 1), DOT(3, 2), DOT(3, 3)},
    {0, DOT(4, 1), DOT(4, 2)},
    {0, DOT(5, 1), DOT(5, 2)},
#endif
};

/* out[r, :] += Σ_s few[r, s] many[s, :] for `rows` rows of `vectors` vectors, with `terms` terms. */
static void NAME(spread)(const number *few, size_t few_row, const number *many, size_t many_row, size_t vectors,
                         number *out, size_t out_row, size_t rows, size_t terms, size_t ahead)
{
    static const size_t most_vectors[] = OUTER_VECTORS;
    size_t wide = most_vectors[next_part(rows, OUTER_ROWS)];
    for (size_t v = 0; v < vectors; v += wide) {
        while (wide > vectors - v) wide /= 2;
        for (size_t r = 0, high; r < rows; r += high) {
            high = next_part(rows - r, OUTER_ROWS);
            NAME(outer_tiles)[high][wide](few + r * few_row, few_row, many + v * LANES, many_row, terms,
                                          out + r * out_row + v * LANES, out_row, ahead);
        }
    }
}

/* out[r, c] += Σ_s few[r, s] many[c, s] over `vectors` vectors, for `rows` rows and `columns` columns. */
static void NAME(dots)(const number *few, size_t few_row, const number *many, size_t many_row, size_t vectors, number *out,
                       size_t out_row, size_t rows, size_t columns)
{
    static const size_t most_columns[] = DOT_COLUMNS;
    const size_t highest = next_part(rows, DOT_ROWS);
    for (size_t c = 0, wide; c < columns; c += wide) {
        wide = next_part(columns - c, most_columns[highest]);
        for (size_t r = 0, high; r < rows; r += high) {
            high = next_part(rows - r, DOT_ROWS);
            NAME(dot_tiles)[high][wide](few + r * few_row, few_row, many + c * many_row, many_row, vectors,
                                        out + r * out_row + c, out_row);
        }
    }
}
