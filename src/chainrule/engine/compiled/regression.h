/* One dense layer with cross-entropy on many rows: cost and gradient, curvature products, the curvature of a class.

   The logits of a strip of rows, their probabilities and what comes of them stay in cache, and each row is read once:

       z = W x + b        cost = Σ_r w_r loss(z_r, t_r)        ∂cost/∂W = Σ_r dz_r x_rᵀ        ∂cost/∂b = Σ_r dz_r

   Logits lie by class, (k, WIDE), so that vectors hold the same class of several rows.

   Included once for each floating type and set of instructions, after functions.h. */

/* Rows that are gone through together: of long rows few, so that they stay in cache until they are read again. */
#define LONGEST_STRIP 256
static const size_t NAME(strips)[] = {[ACROSS] = 32, [ALONG] = LONGEST_STRIP, [SPARSE] = 64};
/* Numbers from the logits of a class to the next: an odd number of cache lines, so that classes do not share places. */
#define WIDE (LONGEST_STRIP + LINE / sizeof(number))

/* Some rows, and memory for what is computed of them. */
typedef struct {
    const number *x; /* the first number of the first row; not of sparse rows */
    size_t step;     /* from a row (across) or a column (along) to the next */
    size_t place;    /* of the first row */
    size_t rows;
    size_t filled; /* the same to a multiple of LANES; what is computed beyond them is left out */
    number *tail;  /* a copy of the last rows of the table, or of rescaled ones, with memory behind them */
    number *z;     /* (k, WIDE) */
    number *w, *loss, *largest, *total;
} NAME(some_rows);
#define strip NAME(some_rows)

INNER size_t NAME(count_of)(size_t numbers) { return (numbers + LANES - 1) / LANES; }
#define vectors_of NAME(count_of)

/* How many rows at the end of the table have no whole vectors to be read of them. */
static size_t NAME(tail_rows)(const task *t)
{
    if (t->form == SPARSE || t->shift != NULL) return 0;
    if (t->form == ALONG) return t->n % LANES;
    const size_t read = vectors_of(t->inputs) * LANES, all = t->n * t->inputs;
    return all < read ? t->n : t->n - (all - read) / t->inputs - 1;
}

/* Memory for a strip with so many numbers a row. */
static number *NAME(memory)(const task *t, size_t classes, strip *s)
{
    const size_t most = t->shift == NULL ? LANES : NAME(strips)[t->form], tail = t->inputs * most + LANES;
    const size_t size = (classes * WIDE + 4 * LONGEST_STRIP + tail) * sizeof(number);
    number *memory = aligned_alloc(LINE, (size + LINE - 1) / LINE * LINE);
    if (memory == NULL) return NULL;
    s->z = memory;
    s->w = s->z + classes * WIDE;
    s->loss = s->w + LONGEST_STRIP;
    s->largest = s->loss + LONGEST_STRIP;
    s->total = s->largest + LONGEST_STRIP;
    s->tail = s->total + LONGEST_STRIP;
    memset(s->tail, 0, tail * sizeof(number));
    return memory;
}

/* Copy the last rows of the table, from `first` of x on, to where whole vectors can be read. */
static void NAME(copy_tail)(const task *t, size_t first, strip *s)
{
    const number *x = t->x;
    if (t->form == ACROSS)
        memcpy(s->tail, x + first * t->inputs, s->rows * t->inputs * sizeof(number));
    else
        for (size_t i = 0; i < t->inputs; i++)
            memcpy(s->tail + i * LANES, x + i * t->n + first, s->rows * sizeof(number));
    s->x = s->tail;
    s->step = t->form == ACROSS ? t->inputs : LANES;
}

/* Find the rows from s->place on; return 0 where there are none. */
static int NAME(next)(const task *t, strip *s)
{
    if (s->place >= t->last) return 0;
    const size_t first = s->place, whole = t->n - NAME(tail_rows)(t), most = NAME(strips)[t->form];
    const size_t end = first < whole && t->last > whole ? whole : t->last;
    s->rows = end - first < most ? end - first : most;
    s->filled = vectors_of(s->rows) * LANES;
    if (t->shift != NULL) {
        s->x = s->tail;
        s->step = t->form == ACROSS ? t->inputs : s->filled;
        NAME(rescale_rows)(t, first, s->rows, s->tail, s->step);
    } else if (first >= whole) {
        NAME(copy_tail)(t, first, s);
    } else {
        s->step = t->form == ACROSS ? t->inputs : t->n;
        s->x = (const number *)t->x + (t->form == ACROSS ? first * t->inputs : first);
    }
    memcpy(s->w, (const number *)t->w + s->place, s->rows * sizeof(number));
    return 1;
}

/* z_c = W_c · x_r + b_c */
static void NAME(logits)(const task *t, const strip *s)
{
    const number *weights = t->weights, *bias = t->bias;
    for (size_t c = 0; c < t->classes; c++)
        for (size_t r = 0; r < s->filled; r += LANES) store(s->z + c * WIDE + r, everywhere(bias[c]));
    if (t->form == ACROSS)
        NAME(dots)(weights, t->stride, s->x, s->step, vectors_of(t->inputs), s->z, WIDE, t->classes, s->rows);
    else if (t->form == ALONG)
        NAME(spread)(weights, t->stride, s->x, s->step, vectors_of(s->rows), s->z, WIDE, t->classes, t->inputs,
                     s->rows);
    else
        for (size_t r = 0; r < s->rows; r++) {
            const int64_t *row = t->starts + s->place + r;
            for (int64_t a = row[0]; a < row[1]; a++) s->z[r] += ((const number *)t->x)[a] * weights[t->places[a]];
        }
}

/* Add Σ_r dz_r x_rᵀ and Σ_r dz_r, with dz in the place of z. */
static void NAME(add_gradient)(const task *t, const strip *s)
{
    number *into = t->into_weights, *into_bias = t->into_bias;
    for (size_t c = 0; c < t->classes; c++) {
        number *dz = s->z + c * WIDE;
        vector total = {0};
        for (size_t r = s->rows; r < s->filled; r++) dz[r] = 0; /* what was computed of no row may be no number */
        for (size_t r = 0; r < s->filled; r += LANES) total += load(dz + r);
        into_bias[c] += sum_of(total);
    }
    if (t->form == ACROSS)
        NAME(spread)(s->z, WIDE, s->x, s->step, vectors_of(t->inputs), into, t->stride, t->classes, s->rows,
                     s->rows * t->inputs);
    else if (t->form == ALONG)
        NAME(dots)(s->z, WIDE, s->x, s->step, vectors_of(s->rows), into, t->stride, t->classes, t->inputs);
    else
        for (size_t r = 0; r < s->rows; r++) {
            const int64_t *row = t->starts + s->place + r;
            for (int64_t a = row[0]; a < row[1]; a++) into[t->places[a]] += s->z[r] * ((const number *)t->x)[a];
        }
}

/* Keep a vector of probabilities of one class, as far as it is of rows. */
INNER void NAME(keep)(const task *t, const strip *s, size_t c, size_t r, vector y)
{
    if (t->y == NULL) return;
    float *to = t->y + c * t->rows + s->place + r;
    const floats singles = __builtin_convertvector(y, floats);
    const size_t count = s->rows - r < LANES ? s->rows - r : LANES;
    if (count == LANES) memcpy(to, &singles, sizeof singles);
    else
        for (size_t k = 0; k < count; k++) to[k] = singles[k];
}

/* softmax    loss = log Σ_c exp(z_c) - Σ_c target_c z_c        dz = w (y - target)        y_c = exp(z_c) / Σ_d exp(z_d) */
static void NAME(softmax)(const task *t, const strip *s)
{
    const number keep = (number)t->keep, smooth = (number)t->smooth;
    const int64_t *classes = t->t + s->place;
    number *restrict largest = s->largest, *restrict total = s->total, *restrict expected = s->loss;
    for (size_t r = 0; r < s->rows; r++) expected[r] = keep * s->z[classes[r] * WIDE + r];
    for (size_t r = 0; r < s->filled; r++) largest[r] = s->z[r];
    for (size_t c = 0; c < t->classes; c++) {
        const number *restrict z = s->z + c * WIDE;
        for (size_t r = 0; r < s->filled; r++) largest[r] = z[r] > largest[r] ? z[r] : largest[r];
        for (size_t r = 0; r < (smooth > 0 ? s->filled : 0); r++) expected[r] += smooth * z[r];
    }
    for (size_t r = 0; r < s->filled; r++) total[r] = 0;
    for (size_t c = 0; c < t->classes; c++) {
        number *z = s->z + c * WIDE;
        for (size_t r = 0; r < s->filled; r += LANES) {
            const vector part = exp_of(load(z + r) - load(largest + r));
            store(z + r, part);
            store(total + r, load(total + r) + part);
        }
    }
    for (size_t r = 0; r < s->filled; r += LANES) {
        const vector sum = load(total + r);
        store(s->loss + r, load(s->w + r) * (load(largest + r) + log_of(sum) - load(expected + r)));
        store(total + r, 1 / sum);
    }
    for (size_t c = 0; c < t->classes; c++) {
        number *z = s->z + c * WIDE;
        for (size_t r = 0; r < s->filled; r += LANES) {
            const vector y = load(z + r) * load(total + r);
            NAME(keep)(t, s, c, r, y);
            store(z + r, load(s->w + r) * (y - smooth));
        }
    }
    for (size_t r = 0; r < s->rows; r++) s->z[classes[r] * WIDE + r] -= keep * s->w[r];
}

/* sigmoid    loss = log(1 + exp(z)) - target z        dz = w (y - target)        y = 1 / (1 + exp(-z)) */
static void NAME(sigmoid)(const task *t, const strip *s)
{
    const number keep = (number)t->keep, smooth = (number)t->smooth;
    const int64_t *classes = t->t + s->place;
    for (size_t r = 0; r < s->rows; r++) s->loss[r] = classes[r] * keep + smooth;
    for (size_t r = 0; r < s->filled; r += LANES) {
        const vector z = load(s->z + r), target = load(s->loss + r), w = load(s->w + r);
        const vector decay = exp_of(smaller(z, -z)), one = everywhere(1);
        const vector y = pick(z < 0, decay, one) / (one + decay);
        store(s->loss + r, w * (pick(z < 0, one * 0, z) - target * z + log_of(one + decay)));
        NAME(keep)(t, s, 0, r, y);
        store(s->z + r, w * (y - target));
    }
}

/* Add the cost of the rows to t->cost and its gradient to t->into_weights and t->into_bias; write the probabilities.
   The plain form is `block_cost_and_gradient`. */
static int NAME(cost_and_gradient)(task *t)
{
    strip s = {.place = t->first};
    number *memory = NAME(memory)(t, t->classes, &s);
    if (memory == NULL) return -1;
    for (; NAME(next)(t, &s); s.place += s.rows) {
        NAME(logits)(t, &s);
        if (t->classes > 1) NAME(softmax)(t, &s);
        else NAME(sigmoid)(t, &s);
        for (size_t r = s.rows; r < s.filled; r++) s.loss[r] = 0;
        doubles cost = {0};
        for (size_t r = 0; r < s.filled; r += LANES)
            cost += __builtin_convertvector(load(s.loss + r), doubles);
        for (size_t k = 0; k < LANES; k++) t->cost += cost[k];
        NAME(add_gradient)(t, &s);
    }
    free(memory);
    return 0;
}

/* Add the curvature of the rows times a vector: with z its logits,

       softmax    dz_c = w y_c (z_c - Σ_d y_d z_d)        sigmoid    dz = w y (1 - y) z

   The plain form is `KeptCurvature`. */
static int NAME(curvature_product)(task *t)
{
    strip s = {.place = t->first};
    number *memory = NAME(memory)(t, t->classes, &s), *restrict mean = s.total;
    if (memory == NULL) return -1;
    for (; NAME(next)(t, &s); s.place += s.rows) {
        NAME(logits)(t, &s);
        const number *restrict w = s.w;
        for (size_t r = 0; r < s.rows; r++) mean[r] = 0;
        for (size_t c = 0; c < t->classes; c++) {
            const number *restrict z = s.z + c * WIDE;
            const float *restrict y = t->y + c * t->rows + s.place;
            for (size_t r = 0; r < s.rows; r++) mean[r] += y[r] * z[r];
        }
        for (size_t c = 0; c < t->classes; c++) {
            number *restrict z = s.z + c * WIDE;
            const float *restrict y = t->y + c * t->rows + s.place;
            for (size_t r = 0; r < s.rows; r++) z[r] = w[r] * y[r] * (z[r] - mean[r]);
        }
        NAME(add_gradient)(t, &s);
    }
    free(memory);
    return 0;
}

/* Add the lower half of the curvature of one class by itself (j, stride), the bias last, of rows that lie along:

       H_c = Xᵀ diag(w y_c (1 - y_c)) X, with a column of ones behind those of X

   The plain form is `preconditioner._block`. */
static int NAME(block)(task *t)
{
    const size_t inputs = t->inputs, size = inputs + 1, row = t->stride;
    strip s = {.place = t->first};
    number *memory = NAME(memory)(t, size, &s), *out = t->out;
    if (memory == NULL) return -1;
    for (; NAME(next)(t, &s); s.place += s.rows) {
        const float *y = t->y + t->of_class * t->rows + s.place;
        number *bent = s.z + inputs * WIDE;
        for (size_t r = 0; r < s.rows; r++) bent[r] = s.w[r] * y[r] * (1 - y[r]);
        for (size_t r = s.rows; r < s.filled; r++) bent[r] = 0;
        vector total = {0};
        for (size_t r = 0; r < s.filled; r += LANES) {
            const vector curvature = load(bent + r);
            total += curvature;
            for (size_t i = 0; i < inputs; i++)
                store(s.z + i * WIDE + r, load(s.x + i * s.step + r) * curvature);
        }
        out[inputs * row + inputs] += sum_of(total);
        for (size_t i = 0, rows; i < size; i += rows) {
            rows = next_part(size - i, DOT_ROWS);
            NAME(dots)(s.z + i * WIDE, WIDE, s.x, s.step, vectors_of(s.rows), out + i * row, row, rows,
                       i + rows < inputs ? i + rows : inputs);
        }
    }
    free(memory);
    return 0;
}

/* The same of the only output and sparse rows, whose places are in order. */
static int NAME(sparse_block)(task *t)
{
    const number *x = t->x, *w = t->w;
    const size_t inputs = t->inputs;
    number *out = t->out, *of_bias = out + inputs * t->stride;
    for (size_t r = t->first; r < t->last; r++) {
        const number curvature = w[r] * t->y[r] * (1 - t->y[r]);
        of_bias[inputs] += curvature;
        for (int64_t a = t->starts[r]; a < t->starts[r + 1]; a++) {
            const number bent = x[a] * curvature;
            number *row = out + t->places[a] * t->stride;
            of_bias[t->places[a]] += bent;
            for (int64_t b = t->starts[r]; b <= a; b++) row[t->places[b]] += bent * x[b];
        }
    }
    return 0;
}
