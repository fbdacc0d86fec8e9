/* Rows that are shifted and scaled, each column its own, and turned from lying across to lying along or back:

       out = (given - shift) factor

   A line is a row of what lies across and a column of what lies along, of so many places. The plain form is
   `arrays.rescale`. Where a line of `out` begins, `out_step` numbers lie behind the one before. Included for each floating type of the kernels once for each `given` type that there may be. */

typedef given GIVEN(given_vector) __attribute__((vector_size(LANES * sizeof(given)), aligned(sizeof(given)), may_alias));
typedef double GIVEN(double_vector) __attribute__((vector_size(LANES * sizeof(double)), aligned(sizeof(double)), may_alias));

INNER number GIVEN(place)(const task *t, const int across, const given *line, size_t l, size_t p)
{
    const size_t column = across ? p : l;
    return (number)((line[p] - t->shift[column]) * t->factor[column]);
}

INNER void GIVEN(copy)(const task *t, const int across, const given *from, size_t step, size_t lines, size_t places,
                       number *restrict out, size_t out_step)
{
    for (size_t l = 0; l < lines; l++)
        for (size_t p = 0; p < places; p++) out[l * out_step + p] = GIVEN(place)(t, across, from + l * step, l, p);
}

/* The square of as many lines as a vector has numbers, from line `l` and place `p` on: what were lines become places. */
INNER void GIVEN(turn_square)(const task *t, const int across, const given *from, size_t step, size_t l, size_t p,
                              number *out, size_t out_step)
{
    vector square[LANES];
    UNROLLED for (size_t k = 0; k < LANES; k++) {
        doubles x = __builtin_convertvector(*(const GIVEN(given_vector) *)(from + (l + k) * step + p), doubles);
        if (across)
            x = (x - *(const GIVEN(double_vector) *)(t->shift + p)) * *(const GIVEN(double_vector) *)(t->factor + p);
        else
            x = (x - t->shift[l + k]) * t->factor[l + k];
        square[k] = __builtin_convertvector(x, vector);
    }
    NAME(turn)(square);
    UNROLLED for (size_t k = 0; k < LANES; k++) store(out + (p + k) * out_step + l, square[k]);
}

INNER void GIVEN(turn)(const task *t, const int across, const given *from, size_t step, size_t lines, size_t places,
                       number *restrict out, size_t out_step)
{
    const size_t whole_lines = lines / LANES * LANES, whole_places = places / LANES * LANES;
    for (size_t l = 0; l < whole_lines; l += LANES)
        for (size_t p = 0; p < whole_places; p += LANES) GIVEN(turn_square)(t, across, from, step, l, p, out, out_step);
    for (size_t l = 0; l < lines; l++)
        for (size_t p = l < whole_lines ? whole_places : 0; p < places; p++)
            out[p * out_step + l] = GIVEN(place)(t, across, from + l * step, l, p);
}

static void GIVEN(rescale)(const task *t, size_t first, size_t rows, number *out, size_t out_step)
{
    const size_t inputs = t->inputs;
    const given *from = (const given *)t->x + (t->given_form == ACROSS ? first * inputs : first);
    if (t->given_form == ACROSS && t->form == ACROSS) GIVEN(copy)(t, 1, from, inputs, rows, inputs, out, out_step);
    else if (t->given_form == ACROSS) GIVEN(turn)(t, 1, from, inputs, rows, inputs, out, out_step);
    else if (t->form == ACROSS) GIVEN(turn)(t, 0, from, t->n, inputs, rows, out, out_step);
    else GIVEN(copy)(t, 0, from, t->n, inputs, rows, out, out_step);
}
