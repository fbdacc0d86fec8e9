/* The first layer of a network on the columns of a table, without the inputs that they are encoded as: nearly all of
   these are 0, or the same for many rows.

   1. A number lies in one of the pieces between the edges of its bins. Over a piece each output of the layer is a
      straight line of the number's share of the piece, since every input is.
   2. A category sets one input to 1: it adds one row of weights.

   Included once for each floating type and set of instructions, after epochs.h. */

/* Vectors as wide as registers, of doubles and of as many other numbers. */
typedef double NAME(long_reals) __attribute__((vector_size(DOUBLES * sizeof(double))));
typedef int64_t NAME(long_integers) __attribute__((vector_size(DOUBLES * sizeof(int64_t))));
typedef int32_t NAME(codes) __attribute__((vector_size(DOUBLES * sizeof(int32_t))));
typedef number NAME(shares) __attribute__((vector_size(DOUBLES * sizeof(number))));
#define reals NAME(long_reals)
#define longs NAME(long_integers)

/* a where the mask is all ones, b where it is zero */
INNER reals NAME(chosen)(longs mask, reals a, reals b)
{
    return (reals)((mask & (longs)a) | (~mask & (longs)b));
}

/* Write the row of the lines' table that each number is looked up in, and its share of the piece:

       piece = how many edges are not above x     code = first + piece     share = (x - origin_piece) factor_piece

   Behind the row of the last piece is that of a missing number, whose share is 0. */
static void NAME(cut)(number_pieces *t)
{
    longs infinite = {0};
    for (size_t r = 0; r < t->n; r += DOUBLES) {
        const size_t count = t->n - r < DOUBLES ? t->n - r : DOUBLES;
        double given[DOUBLES] = {0};
        if (count == DOUBLES) memcpy(given, t->values + r, sizeof given); /* a copy of a known size is an instruction */
        else memcpy(given, t->values + r, count * sizeof(double));
        reals x, origin, factor;
        longs piece = {0};
        memcpy(&x, given, sizeof x);
        for (size_t e = 0; e < t->edge_count; e++) piece -= x >= t->edges[e]; /* true is -1 */
        for (size_t lane = 0; lane < DOUBLES; lane++) {
            origin[lane] = t->origins[piece[lane]];
            factor[lane] = t->factors[piece[lane]];
        }
        const longs missing = x != x;
        infinite |= (x - x != 0) & ~missing;
        const longs row = ((missing & (int64_t)(t->edge_count + 1)) | (~missing & piece)) + (int64_t)t->first_row;
        const NAME(codes) codes = __builtin_convertvector(row, NAME(codes));
        const reals share = NAME(chosen)(missing, (reals){0}, (x - origin) * factor);
        const NAME(shares) shares = __builtin_convertvector(share, NAME(shares));
        if (count == DOUBLES) {
            memcpy(t->codes + r, &codes, sizeof codes);
            memcpy((number *)t->shares + r, &shares, sizeof shares);
        } else {
            memcpy(t->codes + r, &codes, count * sizeof(int32_t));
            memcpy((number *)t->shares + r, &shares, count * sizeof(number));
        }
    }
    int found = 0;
    for (size_t lane = 0; lane < DOUBLES; lane++) found |= infinite[lane] != 0;
    t->infinite = -1;
    for (size_t r = 0; found && t->infinite < 0; r++)
        if (isinf(t->values[r])) t->infinite = (int64_t)r;
}

/* so many vectors of the outputs of a row, from output `first` on */
INNER void NAME(add_lines)(const table_rows *t, const size_t r, const size_t first, const int vectors, number *out)
{
    const number *const at = (const number *)t->at + first, *const by = (const number *)t->by + first;
    const number *const shares = t->shares, *const bias = (const number *)t->bias + first;
    vector sums[8];
    UNROLLED for (int v = 0; v < vectors; v++) sums[v] = load(bias + v * LANES);
    for (size_t p = 0; p < t->numbers; p++) {
        const size_t row = (size_t)t->codes[p * t->n + r] * t->stride;
        const vector share = everywhere(shares[p * t->n + r]);
        UNROLLED for (int v = 0; v < vectors; v++)
            sums[v] += load(at + row + v * LANES) + share * load(by + row + v * LANES);
    }
    for (size_t p = t->numbers; p < t->columns; p++) {
        const size_t row = (size_t)t->codes[p * t->n + r] * t->stride;
        UNROLLED for (int v = 0; v < vectors; v++) sums[v] += load(at + row + v * LANES);
    }
    UNROLLED for (int v = 0; v < vectors; v++) store(out + first + v * LANES, sums[v]);
}

/* Write the outputs of some rows to `out` (rows, stride), with c the codes and s the shares of each column:

       y_r = bias + Σ_p at[c_pr] + s_pr by[c_pr]        s only of the columns of numbers, which come first

   A strip of outputs is gone through at a time: its part of the tables stays in the cache, and its sums in registers. */
static void NAME(look_up)(const table_rows *t, size_t from, size_t to, number *out)
{
    for (size_t first = 0, vectors; first < t->stride; first += vectors * LANES) {
        const size_t left = (t->stride - first) / LANES;
        vectors = left >= 8 ? 8 : left >= 4 ? 4 : 1;
        for (size_t r = from; r < to; r++)
            if (vectors == 8) NAME(add_lines)(t, r, first, 8, out + (r - from) * t->stride);
            else if (vectors == 4) NAME(add_lines)(t, r, first, 4, out + (r - from) * t->stride);
            else NAME(add_lines)(t, r, first, 1, out + (r - from) * t->stride);
    }
}

/* Write the last layer's outputs of the rows to t->out (last - first, k): so many rows at a time go through all layers,
   so that what is between them stays in the cache. The plain form is `Network.forward` of the inputs. */
static void NAME(predict_table)(const table_rows *t, const epoch *e)
{
    const size_t outputs = (size_t)e->widths[1], k = (size_t)e->widths[e->depth];
    number *y[MOST_LAYERS + 1], *memory = (number *)e->work + PREDICTED_ROWS * t->stride;
    y[1] = e->work;
    for (size_t layer = 2; layer <= e->depth; layer++) {
        y[layer] = memory;
        memory += PREDICTED_ROWS * (size_t)e->widths[layer];
    }
    for (size_t from = t->first; from < t->last; from += PREDICTED_ROWS) {
        const size_t rows = t->last - from < PREDICTED_ROWS ? t->last - from : PREDICTED_ROWS;
        NAME(look_up)(t, from, from + rows, y[1]);
        for (size_t r = 1; r < rows && outputs < t->stride; r++)
            memmove(y[1] + r * outputs, y[1] + r * t->stride, outputs * sizeof(number));
        NAME(activate)(y[1], rows * outputs, e->activations[0], (number)e->slopes[0]);
        NAME(forward)(e, 1, rows, y, memory);
        memcpy((number *)t->out + (from - t->first) * k, y[e->depth], rows * k * sizeof(number));
    }
}
