/* A step of Newton's method for one dense layer of few parameters: its Hessian written out, and a system with it.

   Included once for each floating type and set of instructions, after regression.h. */

/* y = softmax(z), or 1 / (1 + exp(-z)), in the place of z; 0 behind the last row. */
static void NAME(probabilities)(const task *t, const strip *s)
{
    const size_t k = t->classes;
    for (size_t r = 0; r < s->filled; r += LANES) {
        number *const z = s->z + r;
        vector largest = load(z), total = {0};
        if (k == 1) store(z, NAME(logistic)(largest));
        for (size_t c = 1; c < k; c++) largest = larger(largest, load(z + c * WIDE));
        for (size_t c = 0; c < (k > 1 ? k : 0); c++) {
            const vector part = exp_of(load(z + c * WIDE) - largest);
            store(z + c * WIDE, part);
            total += part;
        }
        for (size_t c = 0; c < (k > 1 ? k : 0); c++) store(z + c * WIDE, load(z + c * WIDE) / total);
    }
    for (size_t c = 0; c < k; c++)
        for (size_t r = s->rows; r < s->filled; r++) s->z[c * WIDE + r] = 0;
}

/* Copy the columns of the rows, with one of ones behind them; 0 behind the last row. */
static void NAME(columns_of)(const task *t, const strip *s, number *to)
{
    memset(to, 0, (t->inputs + 1) * WIDE * sizeof(number));
    for (size_t i = 0; i < t->inputs; i++)
        for (size_t r = 0; r < s->rows; r++)
            to[i * WIDE + r] = t->form == ALONG ? s->x[i * s->step + r] : s->x[r * s->step + i];
    for (size_t r = 0; r < s->rows; r++) to[t->inputs * WIDE + r] = 1;
}

/* Write the Hessian to t->out (p, p), ordered as theta is:

       H_cd = Σ_r w_r y_rc ([c = d] - y_rd) x_r x_rᵀ, with a one behind each row where there is a bias, and l2 on the
       diagonal

   1. Of each strip of rows the probabilities and the columns are made.
   2. The lower half of the block of each two classes is added to t->blocks (k (k + 1) / 2, j, stride).
   3. What the blocks hold goes to its four places: blocks are symmetric, and so is the whole.

   The plain form is `KeptCurvature.written_out`. */
static int NAME(hessian)(task *t)
{
    const size_t k = t->classes, inputs = t->inputs, p = t->parameters, biased = p > k * inputs, size = inputs + biased;
    const size_t row = inputs + 1 + LONGEST_VECTOR;
    strip s = {.place = t->first};
    number *memory = NAME(memory)(t, k + 2 * (inputs + 1), &s), *blocks = t->blocks, *out = t->out;
    if (memory == NULL) return -1;
    number *const columns = s.z + k * WIDE, *const bent = columns + (inputs + 1) * WIDE;
    for (; NAME(next)(t, &s); s.place += s.rows) {
        NAME(logits)(t, &s);
        NAME(probabilities)(t, &s);
        NAME(columns_of)(t, &s, columns);
        for (size_t r = s.rows; r < s.filled; r++) s.w[r] = 0;
        number *block = blocks;
        for (size_t c = 0; c < k; c++)
            for (size_t d = 0; d <= c; d++, block += (inputs + 1) * row) {
                for (size_t r = 0; r < s.filled; r += LANES) {
                    const vector y = load(s.z + c * WIDE + r), other = load(s.z + d * WIDE + r);
                    const vector curved = load(s.w + r) * y * (c == d ? 1 - y : -other);
                    for (size_t i = 0; i < size; i++)
                        store(bent + i * WIDE + r, load(columns + i * WIDE + r) * curved);
                }
                for (size_t i = 0, rows; i < size; i += rows) {
                    rows = next_part(size - i, DOT_ROWS);
                    NAME(dots)(bent + i * WIDE, WIDE, columns, WIDE, vectors_of(s.rows), block + i * row, row, rows, i + rows);
                }
            }
    }
    free(memory);
#define PLACE(c, i) ((i) < inputs ? (c) * inputs + (i) : k * inputs + (c))
    const number *block = blocks;
    for (size_t c = 0; c < k; c++)
        for (size_t d = 0; d <= c; d++, block += (inputs + 1) * row)
            for (size_t i = 0; i < size; i++)
                for (size_t j = 0; j <= i; j++) {
                    const size_t ci = PLACE(c, i), cj = PLACE(c, j), di = PLACE(d, i), dj = PLACE(d, j);
                    out[ci * p + dj] = out[dj * p + ci] = out[cj * p + di] = out[di * p + cj] = block[i * row + j];
                }
#undef PLACE
    for (size_t i = 0; i < p; i++) out[i * (p + 1)] += ((const number *)t->l2)[i];
    return 0;
}

INNER double NAME(inner)(const double *a, const double *b, size_t p)
{
    double sum = 0;
    for (size_t i = 0; i < p; i++) sum += a[i] * b[i];
    return sum;
}

/* The Cholesky factor in the place of the lower half of a matrix (p, p); -1 where it is not positive. */
static int NAME(factor)(double *a, size_t p)
{
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j <= i; j++) {
            const double left = a[i * p + j] - NAME(inner)(a + i * p, a + j * p, j);
            if (i == j && !(left > 0 && left <= DBL_MAX)) return -1;
            a[i * p + j] = i == j ? sqrt(left) : left / a[j * p + j];
        }
    return 0;
}

/* Take the mean over the classes out of each input's parameters; write it to `means`, unless that is NULL. */
static void NAME(take_means)(const linear_system *s, double *v, double *means)
{
    const size_t k = s->classes, inputs = s->inputs;
    for (size_t i = 0; i < s->flat; i++) {
        double *const first = i < inputs ? v + i : v + k * inputs;
        double mean = 0;
        const size_t step = i < inputs ? inputs : 1;
        for (size_t c = 0; c < k; c++) mean += first[c * step] / (double)k;
        for (size_t c = 0; c < k; c++) first[c * step] -= mean;
        if (means != NULL) means[i] = mean;
    }
}

/* out = M r with M about the inverse of the matrix, whose factor is a: directions that are flat are treated alone. */
static void NAME(precondition)(const linear_system *s, const double *a, const double *r, double *means, double *out)
{
    const size_t p = s->p, k = s->classes;
    memcpy(out, r, p * sizeof *out);
    NAME(take_means)(s, out, means);
    for (size_t i = 0; i < p; i++) out[i] = (out[i] - NAME(inner)(a + i * p, out, i)) / a[i * p + i];
    for (size_t i = p; i-- > 0;) {
        out[i] /= a[i * p + i];
        for (size_t j = 0; j < i; j++) out[j] -= a[i * p + j] * out[i];
    }
    NAME(take_means)(s, out, NULL);
    for (size_t i = 0; i < s->flat; i++) {
        const size_t first = i < s->inputs ? i : k * s->inputs, step = i < s->inputs ? s->inputs : 1;
        const double l2 = ((const number *)s->l2)[first];
        for (size_t c = 0; c < k && l2 > 0; c++) out[first + c * step] += means[i] / (l2 + s->damping);
    }
}

/* Write x with (H + damping I) x ≈ b and what is left of b to s->out (2, p); -1 where rounding makes H no positive matrix.

   1. The preconditioner is the inverse of H with its diagonal raised, and a curvature for the directions without one.
   2. Conjugate gradients go on from zero until the residual is `accuracy` of b, or rounding.

   The plain forms are `WrittenHessian.preconditioner` and `conjugate_gradients.solve`. */
static int NAME(solve)(linear_system *s)
{
    const size_t p = s->p, k = s->classes;
    const number *const h = s->matrix;
    double *const a = s->work, *const x = a + p * p, *const r = x + p, *const m = r + p, *const v = m + p, *const hv = v + p;
    double *const means = hv + p;
    double trace = 0, most_curved = 0;
    for (size_t i = 0; i < p * p; i++) a[i] = h[i];
    for (size_t i = 0; i < p; i++) {
        most_curved = h[i * (p + 1)] > most_curved ? h[i * (p + 1)] : most_curved;
        a[i * (p + 1)] += s->damping + sqrt(s->rounding) * h[i * (p + 1)];
        trace += a[i * (p + 1)];
    }
    for (size_t i = 0; i < s->flat; i++) {
        const size_t first = i < s->inputs ? i : k * s->inputs, step = i < s->inputs ? s->inputs : 1;
        for (size_t c = 0; c < k; c++)
            for (size_t d = 0; d < k; d++) a[(first + c * step) * p + first + d * step] += trace / (double)p;
    }
    if (NAME(factor)(a, p)) return -1;
    for (size_t i = 0; i < p; i++) x[i] = 0, r[i] = ((const number *)s->b)[i];
    NAME(precondition)(s, a, r, means, m);
    memcpy(v, m, p * sizeof *v);
    const double goal = s->accuracy * sqrt(NAME(inner)(r, r, p)), flat = pow(s->rounding, 0.75);
    const double smallest = 4 * s->rounding * sqrt((double)p);
    double size = NAME(inner)(r, m, p);
    const double least = size * smallest * smallest;
    for (s->products = 0; s->products < 10 * p && size > least; s->products++) {
        const double left = sqrt(NAME(inner)(r, r, p));
        if (!(left > goal) || size <= smallest * left * sqrt(NAME(inner)(m, m, p))) break;
        for (size_t i = 0; i < p; i++) hv[i] = s->damping * v[i];
        for (size_t j = 0; j < p; j++)
            for (size_t i = 0; i < p; i++) hv[i] += h[j * p + i] * v[j];
        const double curved = NAME(inner)(v, hv, p), length = NAME(inner)(v, v, p);
        most_curved = length > 0 && curved / length > most_curved ? curved / length : most_curved;
        if (!(curved > flat * most_curved * length)) break;
        for (size_t i = 0; i < p; i++) x[i] += size / curved * v[i], r[i] -= size / curved * hv[i];
        NAME(precondition)(s, a, r, means, m);
        const double before = size;
        size = NAME(inner)(r, m, p);
        for (size_t i = 0; i < p; i++) v[i] = m[i] + size / before * v[i];
    }
    for (size_t i = 0; i < 2 * p; i++) ((number *)s->out)[i] = (number)x[i];
    return 0;
}
