/* What the kernels are given, and where they are: for each set of instructions one table of them for each type. */

#ifndef CHAINRULE_TASK_H
#define CHAINRULE_TASK_H

#include <stddef.h>
#include <stdint.h>

#include "epoch.h"

/* How rows lie: one after another (n, i), a column after another (i, n), or as SciPy's sparse rows. */
enum { ACROSS, ALONG, SPARSE };

/* Arrays without a type are of the floating type of the kernel. */
typedef struct {
    const void *x;         /* (n, i), (i, n) or the numbers of sparse rows */
    const int32_t *places; /* columns of these */
    const int64_t *starts; /* where each sparse row starts (n + 1) */
    size_t n, inputs;      /* rows and columns of x */
    int form;              /* how they lie */
    size_t first, last;    /* the rows to go through */
    const double *shift, *factor; /* of each column, where x is to be rescaled first, or NULL */
    char given_type;              /* of x then */
    int given_form;               /* how it lies then */

    const void *weights, *bias; /* (k, stride) and (k): parameters, or the vector of a product; zeros from i on */
    size_t classes, stride;
    const int64_t *t; /* classes of all rows */
    const void *w;    /* weights of all rows */
    float *y;         /* probabilities of all rows (k, rows), or NULL */
    size_t rows;
    double keep, smooth; /* a target is `keep` times one-hot plus `smooth` */

    void *into_weights, *into_bias; /* what is added to (k, stride) and (k) */
    void *out;                      /* a block (j, j), or rescaled rows */
    size_t of_class;
    void *blocks;           /* memory for the Hessian of each two classes (k (k + 1) / 2, j, stride) */
    const void *l2;         /* added to its diagonal (p) */
    size_t parameters;      /* p */
    double cost;
} task;

/* A system of equations with a Hessian. */
typedef struct {
    const void *matrix, *b, *l2; /* (p, p), (p) and (p) */
    void *out;                   /* the solution and what is left of b (2, p) */
    double *work;                /* (p + 6, p) */
    size_t p, classes, inputs;
    size_t flat; /* inputs, the bias among them, in which the same for all classes changes nothing: of softmax */
    double accuracy, damping, rounding;
    size_t products; /* with the matrix, that it took */
} linear_system;

/* A column of numbers that are cut into pieces. */
typedef struct {
    const double *values, *edges;    /* (n), and ascending (edge_count) */
    const double *origins, *factors; /* of each piece (edge_count + 1) */
    size_t n, edge_count, first_row;
    int32_t *codes;   /* the row of the lines' table that each number is looked up in (n) */
    void *shares;     /* of the piece (n) */
    int64_t infinite; /* the first infinite number, or -1 */
} number_pieces;

/* Rows that go through all layers at a time: a multiple of any vector; of 64, 128 and 256 the quickest. */
#define PREDICTED_ROWS 128

/* Columns of a table as rows of the tables that a layer's outputs are looked up in. */
typedef struct {
    const int32_t *codes;       /* (columns, n), those of numbers first */
    const void *shares;         /* (numbers, n) */
    const void *at, *by, *bias; /* (rows, stride), (rows of numbers, stride) and (stride) */
    void *out;                  /* (last - first, k) */
    size_t n, columns, numbers, stride, first, last;
} table_rows;

/* Each returns 0, or -1 where there is no memory. */
typedef int (*kernel)(task *);

typedef struct {
    kernel cost_and_gradient, curvature_product, block, sparse_block, rescale, hessian;
    int (*solve)(linear_system *);
    void (*run_epoch)(const epoch *, size_t thread);
    void (*cut)(number_pieces *);
    void (*predict_table)(const table_rows *, const epoch *);
} kernels;

typedef struct {
    const char *name;
    int (*supported)(void);
    const kernels *of_float, *of_double;
} instruction_set;

#endif
