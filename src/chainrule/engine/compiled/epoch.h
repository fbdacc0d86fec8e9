/* What an epoch of mini-batches of a chain of linear layers is given. */

#ifndef CHAINRULE_EPOCH_H
#define CHAINRULE_EPOCH_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers between and behind the two counters of turns, so that they are in cache lines of their own. */
#define COUNTERS 16

/* What a layer's weights are to its members, in the order of KINDS in training/compiled_epochs.py: one matrix for all,
   a matrix for each, or a factor of each input for each. */
enum { SHARED, OWN, SCALE };

/* The activation of a layer, in the order of `kernel` in layers/activations.py. */
enum { IDENTITY, RELU, LEAKY_RELU, TANH, LOGISTIC };

/* The coefficients of a step, in the order of COEFFICIENTS in optimizers/first_order.py. */
enum { KEEP, TAKE, BY_MEAN, BY_GRADIENT, KEEP_SQUARE, TAKE_SQUARE, BY_SQUARE, EPSILON, DECAY, COEFFICIENTS };

/* Arrays without a type are of the floating type of the kernel. */
typedef struct {
    const void *x;             /* rows (n, widths[0]) */
    const int64_t *classes;    /* of the rows (n), or NULL */
    const void *probabilities; /* targets of the rows (n, k), where there are no classes */
    const double *weights;     /* of the rows (n) */
    const int64_t *order;      /* in which the rows are gone through */
    size_t rows, size, steps;  /* rows in that order, rows of a mini-batch, mini-batches */

    const int64_t *widths;      /* inputs, then outputs of each layer (depth + 1) */
    const int64_t *starts;      /* where the weights of each layer begin in theta (depth) */
    const int64_t *biases;      /* where its biases begin, or -1 */
    const int64_t *kinds;       /* what they are to the members (depth) */
    const int64_t *members;     /* of an ensemble, whose numbers lie side by side in each layer, and in the loss; else 1 (depth + 1) */
    const int64_t *activations; /* of each layer */
    const double *slopes;       /* of leaky ReLUs, below zero */
    size_t depth;

    int softmax;
    double keep, spread; /* a target is `keep` times what it is plus `spread` */

    const double *batches; /* of each step its share, what its cost is divided by, and the strength of l2 (s, 3) */
    const void *moves;     /* the coefficients of each step (s, COEFFICIENTS) */
    const int64_t *blocks; /* where each block of theta starts and stops, and whether it is penalised (b, 3) */
    size_t block_count, parameters, parts, threads;
    void *theta, *mean, *square; /* changed in place (p) */

    void *work;      /* memory for the rows, outputs and products of each thread (threads, work_size) */
    void *gradients; /* memory for the gradient of each part (parts, p) */
    double *sums;    /* memory for costs, squared norms and penalties (3, sums_size) */
    size_t work_size, sums_size;
    double *out; /* the cost and the gradient's norm, which those of these steps are added to (2) */
    _Atomic int64_t *taken, *done; /* turns */
} epoch;

#endif
