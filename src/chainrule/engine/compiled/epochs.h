/* Epochs of mini-batches of a chain of linear layers: the steps of a first-order method, many at a time.

   Each mini-batch is cut into parts by its size alone. Threads share the parts; when all are done, the blocks of theta;
   and when these are done, one of them adds up what is told of the step. Each part and each block is computed by one
   thread, and sums are added in order: the number of threads changes no bit. A thread keeps to the same parts and
   blocks in each step, so that its share of theta and of the means stays in its cache, unless another is late.

   Included once for each floating type and set of instructions, after functions.h and products.h. */

INNER size_t NAME(filled)(size_t numbers) { return (numbers + LANES - 1) / LANES * LANES; }

/* y = f(y), whole vectors */
static void NAME(activate)(number *y, size_t count, int64_t activation, number slope)
{
    if (activation == IDENTITY) return;
    for (size_t k = 0; k < count; k += LANES) {
        const vector v = load(y + k);
        vector f = v;
        if (activation == RELU || activation == LEAKY_RELU) f = pick(v <= everywhere(0), v * slope, v);
        if (activation == TANH) f = NAME(tanh)(v);
        if (activation == LOGISTIC) f = NAME(logistic)(v);
        store(y + k, f);
    }
}

/* y = f'(x) dy for y = f(x), whole vectors */
static void NAME(pass_activation)(number *y, const number *dy, size_t count, int64_t activation, number slope)
{
    for (size_t k = 0; k < count; k += LANES) {
        const vector v = load(y + k), d = load(dy + k);
        vector passed = d;
        if (activation == RELU || activation == LEAKY_RELU) passed = pick(v > everywhere(0), d, d * slope);
        if (activation == TANH) passed = (1 - v) * (1 + v) * d;
        if (activation == LOGISTIC) passed = v * (1 - v) * d;
        store(y + k, passed);
    }
}

/* Return Σ_r w_r loss(z_r, t_r) of a softmax over `scale`, with its gradient in the place of the logits (n, k): those of
   so many members, one after the other, are of one row. */
static double NAME(softmax_cost)(const epoch *e, const int64_t *rows, size_t n, size_t members, size_t k, number *z,
                                 double scale)
{
    double cost = 0;
    for (size_t r = 0; r < n; r++) {
        const int64_t row = rows[r / members];
        number *const logits = z + r * k, *const t = (number *)e->probabilities + (e->classes ? 0 : row * k);
        number top = logits[0], total = 0, expected = 0;
        for (size_t c = 1; c < k; c++) top = logits[c] > top ? logits[c] : top;
        for (size_t c = 0; c < k; c++) {
            logits[c] -= top;
            total += logits[c];
        }
        if (e->classes)
            expected = logits[e->classes[row]];
        else
            for (size_t c = 0; c < k; c++) expected += t[c] * logits[c];
        cost -= e->weights[row] * (e->keep * expected + e->spread * total);
    }
    for (size_t c = 0; c < n * k; c += LANES) store(z + c, exp_of(load(z + c)));
    for (size_t r = 0; r < n; r++) {
        const int64_t row = rows[r / members];
        number *const y = z + r * k, *const t = (number *)e->probabilities + (e->classes ? 0 : row * k);
        const number weight = (number)(e->weights[row] / scale), keep = (number)e->keep, spread = (number)e->spread;
        number total = 0;
        for (size_t c = 0; c < k; c++) total += y[c];
        cost += e->weights[row] * log_of(everywhere(total))[0];
        const number share = 1 / total;
        for (size_t c = 0; c < k; c++) y[c] = weight * (y[c] * share - spread);
        if (e->classes)
            y[e->classes[row]] -= weight * keep;
        else
            for (size_t c = 0; c < k; c++) y[c] -= weight * keep * t[c];
    }
    return cost / scale;
}

/* Return Σ_r w_r Σ_c loss(z_rc, t_rc) of sigmoids over `scale`, with its gradient in the place of the logits (n, k): those
   of so many members, one after the other, are of one row. */
static double NAME(sigmoid_cost)(const epoch *e, const int64_t *rows, size_t n, size_t members, size_t k, number *z,
                                 double scale)
{
    double cost = 0;
    for (size_t r = 0; r < n; r++) {
        const int64_t row = rows[r / members];
        const number *const targets = (const number *)e->probabilities + row * k;
        const double weight = e->weights[row];
        for (size_t c = 0; c < k; c++) {
            const number logit = z[r * k + c], t = (number)(e->keep * targets[c] + e->spread);
            const vector away = exp_of(everywhere(logit < 0 ? logit : -logit));
            cost += weight * ((logit > 0 ? logit : 0) - t * logit + log_of(1 + away)[0]);
            const number y = (logit < 0 ? away[0] : 1) / (1 + away[0]);
            z[r * k + c] = (number)(weight / scale) * (y - t);
        }
    }
    return cost / scale;
}

/* y = x W of a layer (n, outputs), before its bias: W has the (o, i) of a member, or of each one after the other. */
static void NAME(multiply_layer)(const epoch *e, size_t layer, size_t n, const number *x, number *y, number *memory)
{
    const number *const weights = (const number *)e->theta + e->starts[layer];
    const size_t members = (size_t)e->members[layer], i = (size_t)e->widths[layer], o = (size_t)e->widths[layer + 1];
    const size_t own_i = i / members, own_o = o / members;
    if (e->kinds[layer] == SHARED) NAME(multiply)(n * members, own_o, own_i, x, own_i, 1, weights, 1, own_i, y, own_o,
                                                  memory, NULL);
    for (size_t m = 0; e->kinds[layer] == OWN && m < members; m++)
        NAME(multiply)(n, own_o, own_i, x + m * own_i, i, 1, weights + m * own_o * own_i, 1, own_i, y + m * own_o, o,
                       memory, NULL);
    for (size_t r = 0; e->kinds[layer] == SCALE && r < n * members; r++)
        for (size_t c = 0; c < i; c++) y[r * i + c] = x[r / members * i + c] * weights[r % members * i + c];
}

/* The gradient of a layer's weights, from its rows x (n, inputs) and from dy (n, outputs), while `own` is claimed. */
static void NAME(weights_gradient)(const epoch *e, size_t layer, size_t n, const number *x, const number *dy, number *into,
                                   number *memory, NAME(claimed) * own)
{
    const size_t members = (size_t)e->members[layer], i = (size_t)e->widths[layer], o = (size_t)e->widths[layer + 1];
    const size_t own_i = i / members, own_o = o / members;
    if (e->kinds[layer] == SHARED) NAME(multiply)(own_o, own_i, n * members, dy, 1, own_o, x, own_i, 1, into, own_i,
                                                  memory, own);
    for (size_t m = 0; e->kinds[layer] == OWN && m < members; m++)
        NAME(multiply)(own_o, own_i, n, dy + m * own_o, 1, o, x + m * own_i, i, 1, into + m * own_o * own_i, own_i,
                       memory, own);
    if (e->kinds[layer] == SCALE) memset(into, 0, o * sizeof(number));
    for (size_t r = 0; e->kinds[layer] == SCALE && r < n * members; r++)
        for (size_t c = 0; c < i; c++) into[r % members * i + c] += dy[r * i + c] * x[r / members * i + c];
}

/* dx (n, inputs) of a layer from dy (n, outputs) */
static void NAME(inputs_gradient)(const epoch *e, size_t layer, size_t n, const number *dy, number *dx, number *memory)
{
    const number *const weights = (const number *)e->theta + e->starts[layer];
    const size_t members = (size_t)e->members[layer], i = (size_t)e->widths[layer], o = (size_t)e->widths[layer + 1];
    const size_t own_i = i / members, own_o = o / members;
    if (e->kinds[layer] == SHARED) NAME(multiply)(n * members, own_i, own_o, dy, own_o, 1, weights, own_i, 1, dx, own_i,
                                                  memory, NULL);
    for (size_t m = 0; e->kinds[layer] == OWN && m < members; m++)
        NAME(multiply)(n, own_i, own_o, dy + m * own_o, o, 1, weights + m * own_o * own_i, own_i, 1, dx + m * own_i, i,
                       memory, NULL);
    if (e->kinds[layer] == SCALE) memset(dx, 0, n * i * sizeof(number));
    for (size_t r = 0; e->kinds[layer] == SCALE && r < n * members; r++)
        for (size_t c = 0; c < i; c++) dx[r / members * i + c] += dy[r * i + c] * weights[r % members * i + c];
}

/* Make y of each layer from `first` on: f(x W + b), with the rows y[first] (n, inputs) that it is given. */
static void NAME(forward)(const epoch *e, size_t first, size_t n, number *const *y, number *memory)
{
    for (size_t layer = first; layer < e->depth; layer++) {
        const size_t o = (size_t)e->widths[layer + 1];
        NAME(multiply_layer)(e, layer, n, y[layer], y[layer + 1], memory);
        if (e->biases[layer] >= 0) {
            const number *const bias = (const number *)e->theta + e->biases[layer];
            for (size_t r = 0; r < n; r++)
                for (size_t c = 0; c < o; c++) y[layer + 1][r * o + c] += bias[c];
        }
        NAME(activate)(y[layer + 1], n * o, e->activations[layer], (number)e->slopes[layer]);
    }
}

/* The first of the blocks of theta that are moved in a turn: those before it belong to the turns before. */
INNER size_t NAME(first_block)(const epoch *e, size_t turn) { return e->block_count * turn / e->parts; }

/* Return the cost of the rows of part number `part` over `scale`, and write its gradient (p). */
static double NAME(part_cost_and_gradient)(const epoch *e, size_t part, const int64_t *rows, size_t n, double scale,
                                           number *work)
{
    number *const gradient = (number *)e->gradients + part * e->parameters, *const theta = e->theta;
    const size_t block = NAME(first_block)(e, part), end = NAME(first_block)(e, part + 1);
    NAME(claimed) own = {NULL, NULL};
    if (block < end) own = (NAME(claimed)){theta + e->blocks[3 * block], theta + e->blocks[3 * end - 2]};
    const number *const x = e->x;
    const size_t depth = e->depth, inputs = (size_t)e->widths[0];
    number *y[MOST_LAYERS + 1], *memory = work;
    for (size_t layer = 0; layer <= depth; layer++) {
        y[layer] = memory;
        memory += NAME(filled)(n * (size_t)e->widths[layer]);
    }
    number *const dx = memory;
    for (size_t layer = 0; layer < depth; layer++)
        if (n * (size_t)e->widths[layer] > (size_t)(memory - dx)) memory = dx + NAME(filled)(n * (size_t)e->widths[layer]);
    for (size_t r = 0; r < n; r++) memcpy(y[0] + r * inputs, x + (size_t)rows[r] * inputs, inputs * sizeof(number));
    NAME(forward)(e, 0, n, y, memory);
    const size_t members = (size_t)e->members[depth], k = (size_t)e->widths[depth] / members;
    const double cost = (e->softmax ? NAME(softmax_cost) : NAME(sigmoid_cost))(e, rows, n * members, members, k, y[depth],
                                                                               scale * (double)members);
    for (size_t layer = depth; layer-- > 0;) {
        const size_t i = (size_t)e->widths[layer], o = (size_t)e->widths[layer + 1];
        const number *const dy = y[layer + 1];
        NAME(weights_gradient)(e, layer, n, y[layer], dy, gradient + e->starts[layer], memory,
                               layer == 0 && e->parts > 1 ? &own : NULL);
        if (e->biases[layer] >= 0) {
            number *const into = gradient + e->biases[layer];
            memset(into, 0, o * sizeof(number));
            for (size_t r = 0; r < n; r++)
                for (size_t c = 0; c < o; c++) into[c] += dy[r * o + c];
        }
        if (layer > 0) {
            NAME(inputs_gradient)(e, layer, n, dy, dx, memory);
            NAME(pass_activation)(y[layer], dx, n * i, e->activations[layer - 1], (number)e->slopes[layer - 1]);
        }
    }
    return cost;
}

/* Move a block of parameters by the recurrence of `optimizers.Recurrence`, with the gradients of all parts added up:

       g = Σ gradients + l2 theta     m = KEEP m + TAKE g     v = KEEP_SQUARE v + TAKE_SQUARE g²
       theta -= (BY_MEAN m + BY_GRADIENT g) / (√(BY_SQUARE v) + EPSILON) + DECAY theta

   and write the squared norms of g and of theta before the move. */
static void NAME(move_block)(const epoch *e, const int64_t *block, const number *by, double l2, double *norm, double *penalty)
{
    number *const theta = e->theta, *const mean = e->mean, *const square = e->square;
    const number *const gradients = e->gradients, strength = (number)(block[2] ? l2 : 0);
    const number decay = block[2] ? by[DECAY] : 0;
    const size_t stop = (size_t)block[1];
    vector norms = {0}, weights = {0};
    for (size_t k = (size_t)block[0]; k < stop; k += LANES) {
        const size_t count = stop - k < LANES ? stop - k : LANES;
        vector g = {0}, w = {0}, m = {0}, v = {0};
        if (count == LANES) {
            g = load(gradients + k), w = load(theta + k), m = load(mean + k), v = load(square + k);
            for (size_t part = 1; part < e->parts; part++) g += load(gradients + part * e->parameters + k);
        } else
            for (size_t l = 0; l < count; l++) {
                g[l] = gradients[k + l], w[l] = theta[k + l], m[l] = mean[k + l], v[l] = square[k + l];
                for (size_t part = 1; part < e->parts; part++) g[l] += gradients[part * e->parameters + k + l];
            }
        g += strength * w;
        norms += g * g;
        weights += w * w;
        m = by[KEEP] * m + by[TAKE] * g;
        v = by[KEEP_SQUARE] * v + by[TAKE_SQUARE] * (g * g);
        w -= (by[BY_MEAN] * m + by[BY_GRADIENT] * g) / (NAME(root)(by[BY_SQUARE] * v) + by[EPSILON]) + decay * w;
        if (count == LANES) {
            store(theta + k, w), store(mean + k, m), store(square + k, v);
        } else
            for (size_t l = 0; l < count; l++) theta[k + l] = w[l], mean[k + l] = m[l], square[k + l] = v[l];
    }
    *norm = sum_of(norms);
    *penalty = (double)strength / 2 * sum_of(weights);
}

/* Take turns with other threads until all steps are done: those of a part each, of a share of the blocks each, and one
   that sums up. Turns of a phase begin when all before it are done, and are taken only then: a thread that the system
   has put aside between two turns holds nobody up. */
static void NAME(run_epoch)(const epoch *e, size_t me)
{
    number *const work = (number *)e->work + me * e->work_size;
    const int64_t parts = (int64_t)e->parts, round = 2 * parts + 1, turns = (int64_t)e->steps * round;
    for (int looks = 1;; looks++) {
        int64_t turn = atomic_load(e->taken);
        if (turn >= turns) return;
        const int64_t step = turn / round, place = turn % round;
        const int64_t begin = turn - place + (place < parts ? 0 : place < 2 * parts ? parts : 2 * parts);
        if (atomic_load(e->done) < begin) {
            if (looks % LOOKS == 0) give_way();
            continue;
        }
        if (place < 2 * parts && (size_t)(place % parts) % e->threads != me && looks % LOOKS != 0) continue;
        if (!atomic_compare_exchange_strong(e->taken, &turn, turn + 1)) continue;
        const double *const batch = e->batches + 3 * step;
        double *const costs = e->sums, *const norms = costs + e->sums_size, *const penalties = norms + e->sums_size;
        if (place < parts) {
            const size_t first = (size_t)step * e->size, end = first + e->size < e->rows ? first + e->size : e->rows;
            const size_t from = first + (end - first) * (size_t)place / e->parts;
            const size_t to = first + (end - first) * (size_t)(place + 1) / e->parts;
            costs[place] = NAME(part_cost_and_gradient)(e, (size_t)place, e->order + from, to - from, batch[1], work);
        } else if (place < 2 * parts) {
            const number *const by = (const number *)e->moves + step * COEFFICIENTS;
            const size_t part = (size_t)(place - parts), end = NAME(first_block)(e, part + 1);
            for (size_t b = NAME(first_block)(e, part); b < end; b++)
                NAME(move_block)(e, e->blocks + 3 * b, by, batch[2], norms + b, penalties + b);
        } else {
            double norm = 0;
            for (size_t part = 0; part < e->parts; part++) e->out[0] += batch[0] * costs[part];
            for (size_t b = 0; b < e->block_count; b++) {
                norm += norms[b];
                e->out[0] += batch[0] * penalties[b];
            }
            e->out[1] += batch[0] * sqrt(norm);
        }
        atomic_fetch_add(e->done, 1);
    }
}
