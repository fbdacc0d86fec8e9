/* The kernels of one set of instructions and one floating type: these files in this order. */

#include "tiles.h"

#include "functions.h"

#define given float
#define GIVEN(word) NAME(JOIN(word, of_float))
#include "rescale.h"
#undef given
#undef GIVEN
#define given double
#define GIVEN(word) NAME(JOIN(word, of_double))
#include "rescale.h"
#undef given
#undef GIVEN

static void NAME(rescale_rows)(const task *t, size_t first, size_t rows, number *out, size_t out_step)
{
    (t->given_type == 'd' ? NAME(rescale_of_double) : NAME(rescale_of_float))(t, first, rows, out, out_step);
}

/* Writes the rows of the task to their places among all rows. */
static int NAME(rescale)(task *t)
{
    const int across = t->form == ACROSS;
    number *const out = (number *)t->out + (across ? t->first * t->inputs : t->first);
    NAME(rescale_rows)(t, t->first, t->last - t->first, out, across ? t->inputs : t->n);
    return 0;
}

#include "regression.h"

#include "newton.h"

#include "products.h"

#include "epochs.h"

#include "tables.h"

static const kernels NAME(kernels) = {
    .cost_and_gradient = NAME(cost_and_gradient),
    .curvature_product = NAME(curvature_product),
    .block = NAME(block),
    .sparse_block = NAME(sparse_block),
    .rescale = NAME(rescale),
    .hessian = NAME(hessian),
    .solve = NAME(solve),
    .run_epoch = NAME(run_epoch),
    .cut = NAME(cut),
    .predict_table = NAME(predict_table),
};

#undef number
#undef integer
#undef NAME
#undef LANES
#undef MANTISSA
#undef EXPONENT_OF_ONE
#undef ROUND
#undef ROOT
#undef TALLEST
#undef FIRST_HALVES
#undef SECOND_HALVES
#undef LOG_2_HIGH
#undef LOG_2_LOW
#undef EXP_LEAST
#undef EXP_SERIES
#undef HALF_ROOT_BITS
#undef LOG_SERIES
#undef EACH_LANE
#undef OUTER_ROWS
#undef OUTER_VECTORS
#undef DOT_COLUMNS
