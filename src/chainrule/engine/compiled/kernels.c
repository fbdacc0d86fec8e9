/* The compiled kernels as a Python module: what it is given is checked here, and computed without the interpreter's lock.

   The same C is compiled for several sets of instructions; which of them computes is chosen when the module is loaded. */

#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "task.h"

#if !defined(__GNUC__)
#error "The kernels use the vector types of GCC and Clang; without them Chainrule computes with NumPy."
#endif

#define INNER static inline __attribute__((always_inline, unused))
#if defined(__clang__)
#define UNROLLED _Pragma("clang loop unroll(full)")
#else
#define UNROLLED _Pragma("GCC unroll 16")
#endif
#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)

/* The most layers of a chain, and how often a thread looks for a turn before it lets others run. */
#define MOST_LAYERS 64
#define LOOKS 500
#if defined(_WIN32)
#include <windows.h>
#define give_way() SwitchToThread()
#else
#include <sched.h>
#define give_way() sched_yield()
#endif

/* Into how many to divide so many, as the first of few and nearly equal parts that are not larger than the most. */
INNER size_t next_part(size_t left, size_t most)
{
    const size_t parts = (left + most - 1) / most;
    return (left + parts - 1) / parts;
}

/* Numbers in the longest vector that there is. */
#define LONGEST_VECTOR 16

/* Terms above which a product's last few columns are sums over vectors: of fewer, adding up each vector takes longer. */
#define LONG_SUM 63

/* Bytes of a line of the cache, which the longest vectors fill, and lines claimed beside each tile of a product: as many
   as the tile itself has. */
#define LINE 64
#define CLAIMED 24

/* What every processor of the kind has: SSE2, or NEON. */
#define SET baseline
#define FLOATS 4
#define DOUBLES 2
#if defined(__x86_64__) || defined(__i386__)
#define MANY_REGISTERS 0
#else
#define MANY_REGISTERS 1
#endif
#include "both_types.h"
#undef SET
#undef FLOATS
#undef DOUBLES
#undef MANY_REGISTERS

static int always(void) { return 1; }

#if defined(__x86_64__)

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
#define SET avx2
#define FLOATS 8
#define DOUBLES 4
#define MANY_REGISTERS 0
#include "both_types.h"
#undef SET
#undef FLOATS
#undef DOUBLES
#undef MANY_REGISTERS
#if defined(__clang__)
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma"))), apply_to = function)
#else
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512vl,avx512dq,avx512bw,fma,prefer-vector-width=512")
#endif
#define SET avx512
#define FLOATS 16
#define DOUBLES 8
#define MANY_REGISTERS 1
#include "both_types.h"
#undef SET
#undef FLOATS
#undef DOUBLES
#undef MANY_REGISTERS
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

static int has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
static int has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && has_avx2();
}

#endif

/* The best first. */
static const instruction_set SETS[] = {
#if defined(__x86_64__)
    {"avx512", has_avx512, &kernels_float_avx512, &kernels_double_avx512},
    {"avx2", has_avx2, &kernels_float_avx2, &kernels_double_avx2},
#endif
    {"baseline", always, &kernels_float_baseline, &kernels_double_baseline},
};
static const instruction_set *chosen;

/* An argument of a kernel. */
typedef struct {
    Py_buffer array;
    Py_ssize_t whole;
    double real;
} argument;

#define MOST_ARGUMENTS 28

/* The letter of the type of an array's numbers: 'f', 'd', 'i' for 32 bits, 'q' for 64; 0 for any other. */
static char type_of(const Py_buffer *array)
{
    const char letter = array->format == NULL ? 0 : array->format[0];
    if (letter == 'l') return array->itemsize == 8 ? 'q' : 'i';
    return letter != 0 && strchr("fdiq", letter) != NULL && array->format[1] == 0 ? letter : 0;
}

static void release(argument *arguments, const char *kinds, size_t count)
{
    for (size_t a = 0; a < count; a++)
        if (kinds[a] != 'n' && kinds[a] != 'r') PyBuffer_Release(&arguments[a].array);
}

/* Read one argument: 'n' a whole number, 'r' a real one, else an array whose numbers are of that type, or, at 'x', float
   or double; in capitals one to be written. */
static int read_argument(PyObject *given, char kind, argument *to)
{
    if (kind == 'n') {
        to->whole = PyLong_AsSsize_t(given);
        return to->whole == -1 && PyErr_Occurred() ? -1 : 0;
    }
    if (kind == 'r') {
        to->real = PyFloat_AsDouble(given);
        return to->real == -1 && PyErr_Occurred() ? -1 : 0;
    }
    const int written = kind >= 'A' && kind <= 'Z';
    if (PyObject_GetBuffer(given, &to->array, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (written ? PyBUF_WRITABLE : 0)) < 0)
        return -1;
    const char wanted = (char)(written ? kind - 'A' + 'a' : kind), type = type_of(&to->array);
    if (type == 0 || (wanted == 'x' ? type != 'f' && type != 'd' : type != wanted)) {
        PyBuffer_Release(&to->array);
        PyErr_Format(PyExc_TypeError, "An array has numbers of type %s where a kernel takes others.", to->array.format);
        return -1;
    }
    return 0;
}

/* Read all arguments, each as its letter of `kinds` says; return -1 with an error set where they are others. */
static int read_arguments(PyObject *const *given, Py_ssize_t count, const char *kinds, argument *to)
{
    if (count != (Py_ssize_t)strlen(kinds)) {
        PyErr_Format(PyExc_TypeError, "A kernel takes %zd arguments, found %zd.", (Py_ssize_t)strlen(kinds), count);
        return -1;
    }
    for (Py_ssize_t a = 0; a < count; a++)
        if (read_argument(given[a], kinds[a], to + a) < 0) {
            release(to, kinds, (size_t)a);
            return -1;
        }
    return 0;
}

static size_t size_of(const argument *a, int axis)
{
    return axis < a->array.ndim ? (size_t)a->array.shape[axis] : 0;
}

static int of_type(const argument *a, const argument *b)
{
    return type_of(&a->array) == type_of(&b->array);
}

/* Run a kernel without the interpreter's lock. */
static int run(kernel of_float, kernel of_double, char type, task *t)
{
    int failed;
    Py_BEGIN_ALLOW_THREADS;
    failed = (type == 'f' ? of_float : of_double)(t);
    Py_END_ALLOW_THREADS;
    if (failed) PyErr_NoMemory();
    return failed;
}

/* Fill in the rows: x, places, starts, the form they lie in and the one to be computed with, shift and factor or empty
   arrays, first and last are the first nine arguments. Return whether they fit together. */
static int rows_fit(const argument *a, task *t)
{
    t->x = a[0].array.buf;
    t->places = a[1].array.buf;
    t->starts = a[2].array.buf;
    t->given_form = (int)a[3].whole;
    t->form = (int)a[4].whole;
    t->given_type = type_of(&a[0].array);
    if (a[0].array.ndim != 2 || t->given_form < ACROSS || t->given_form > SPARSE) return 0;
    if (t->form < ACROSS || t->form > SPARSE || a[7].whole < 0 || a[8].whole < a[7].whole) return 0;
    t->first = (size_t)a[7].whole;
    t->last = (size_t)a[8].whole;
    if (t->given_form == SPARSE) {
        if (size_of(a + 2, 0) == 0 || size_of(a + 1, 0) != size_of(a, 1)) return 0;
        t->n = size_of(a + 2, 0) - 1;
    } else {
        t->n = size_of(a, t->given_form == ACROSS ? 0 : 1);
        t->inputs = size_of(a, t->given_form == ACROSS ? 1 : 0);
    }
    if (t->last > t->n) return 0;
    if (size_of(a + 5, 0) == 0) return t->form == t->given_form;
    t->shift = a[5].array.buf;
    t->factor = a[6].array.buf;
    return t->form != SPARSE && t->given_form != SPARSE && size_of(a + 5, 0) == t->inputs && size_of(a + 6, 0) == t->inputs;
}

/* Whether the numbers of the rows are of the type of the kernel, or are made to be by rescaling. */
static int rows_of_type(const argument *a, const task *t, const argument *kernel_type)
{
    return t->shift != NULL || of_type(a, kernel_type);
}

/* Fill in parameters (k, stride) and (k), and what is added to them, which has the same shapes. */
static int parameters_fit(const argument *weights, const argument *into, size_t inputs, task *t)
{
    const argument *const each[] = {weights, weights + 1, into, into + 1};
    t->classes = size_of(weights, 0);
    t->stride = size_of(weights, 1);
    for (int k = 0; k < 4; k++)
        if (each[k]->array.ndim != 2 - k % 2 || size_of(each[k], 0) != t->classes || !of_type(each[k], weights)) return 0;
    t->weights = weights->array.buf;
    t->bias = weights[1].array.buf;
    t->into_weights = into->array.buf;
    t->into_bias = into[1].array.buf;
    /* whole vectors are read and written, from the last number on too */
    const size_t filled = t->form == SPARSE ? inputs : inputs + LONGEST_VECTOR - 1;
    return t->classes > 0 && size_of(into, 1) == t->stride && t->stride >= filled && (t->form != SPARSE || t->classes == 1);
}

/* Fill in the weights of all rows and their probabilities (k, n), or (0, n) for none. */
static int weights_fit(const argument *w, const argument *y, size_t classes, task *t)
{
    t->rows = size_of(w, 0);
    t->w = w->array.buf;
    t->y = size_of(y, 0) ? y->array.buf : NULL;
    return t->last <= t->rows && size_of(y, 1) == t->rows && (t->y == NULL || size_of(y, 0) == classes);
}

static PyObject *finished(int failed, int fits, PyObject *result)
{
    if (!fits) PyErr_SetString(PyExc_ValueError, "The arrays that a kernel was given do not fit together.");
    if (fits && !failed) return result;
    Py_XDECREF(result);
    return NULL;
}

static PyObject *add_cost_and_gradient(PyObject *self, PyObject *const *given, Py_ssize_t count)
{
    (void)self;
    const char *const kinds = "xiqnnddnnxxqxrrFXX";
    argument a[MOST_ARGUMENTS];
    if (read_arguments(given, count, kinds, a) < 0) return NULL;
    const argument *const theta = a + 9, *const targets = a + 11, *const w = a + 12, *const y = a + 15, *const into = a + 16;
    task t = {.keep = a[13].real, .smooth = a[14].real, .t = targets->array.buf};
    const int fits = rows_fit(a, &t) && parameters_fit(theta, into, t.inputs, &t) && weights_fit(w, y, t.classes, &t) &&
                     t.last <= size_of(targets, 0) && rows_of_type(a, &t, theta) && of_type(w, theta);
    const kernels *f = chosen->of_float, *d = chosen->of_double;
    const int failed = fits && run(f->cost_and_gradient, d->cost_and_gradient, type_of(&theta->array), &t);
    release(a, kinds, (size_t)count);
    return finished(failed, fits, PyFloat_FromDouble(t.cost));
}

static PyObject *add_curvature_product(PyObject *self, PyObject *const *given, Py_ssize_t count)
{
    (void)self;
    const char *const kinds = "xiqnnddnnxxxfXX";
    argument a[MOST_ARGUMENTS];
    if (read_arguments(given, count, kinds, a) < 0) return NULL;
    const argument *const v = a + 9, *const w = a + 11, *const y = a + 12, *const into = a + 13;
    task t = {0};
    const int fits = rows_fit(a, &t) && parameters_fit(v, into, t.inputs, &t) && weights_fit(w, y, t.classes, &t) &&
                     t.y != NULL && rows_of_type(a, &t, v) && of_type(w, v);
    const kernels *f = chosen->of_float, *d = chosen->of_double;
    const int failed = fits && run(f->curvature_product, d->curvature_product, type_of(&v->array), &t);
    release(a, kinds, (size_t)count);
    return finished(failed, fits, Py_NewRef(Py_None));
}

static PyObject *add_block(PyObject *self, PyObject *const *given, Py_ssize_t count)
{
    (void)self;
    const char *const kinds = "xiqnnddnnxfnX";
    argument a[MOST_ARGUMENTS];
    if (read_arguments(given, count, kinds, a) < 0) return NULL;
    const argument *const w = a + 9, *const y = a + 10, *const out = a + 12;
    task t = {.out = out->array.buf, .of_class = (size_t)a[11].whole, .stride = size_of(out, 1)};
    int fits = rows_fit(a, &t) && weights_fit(w, y, size_of(y, 0), &t) && t.y != NULL && t.form != ACROSS;
    if (t.form == SPARSE && size_of(out, 0) > 0) t.inputs = size_of(out, 0) - 1;
    fits = fits && size_of(out, 0) == t.inputs + 1 && t.stride >= t.inputs + LONGEST_VECTOR && a[11].whole >= 0;
    fits = fits && t.of_class < size_of(y, 0) && rows_of_type(a, &t, w) && of_type(out, w);
    const int sparse = t.form == SPARSE;
    const kernels *f = chosen->of_float, *d = chosen->of_double;
    const int failed = fits && run(sparse ? f->sparse_block : f->block, sparse ? d->sparse_block : d->block,
                                   type_of(&w->array), &t);
    release(a, kinds, (size_t)count);
    return finished(failed, fits, Py_NewRef(Py_None));
}

/* Whether there is room for the Hessian, its blocks and the penalty, in numbers of that type. */
static int hessian_fits(const argument *l2, const argument *blocks, const argument *out, const argument *type, task *t)
{
    const size_t k = t->classes, p = size_of(l2, 0), all = k * t->inputs;
    t->parameters = p;
    return (p == all || p == all + k) && l2->array.ndim == 1 && of_type(l2, type) && of_type(blocks, type) &&
           of_type(out, type) && blocks->array.ndim == 3 && size_of(blocks, 0) == k * (k + 1) / 2 &&
           size_of(blocks, 1) == t->inputs + 1 && size_of(blocks, 2) == t->inputs + 1 + LONGEST_VECTOR &&
           out->array.ndim == 2 && size_of(out, 0) == p && size_of(out, 1) == p;
}

static PyObject *write_hessian(PyObject *self, PyObject *const *given, Py_ssize_t count)
{
    (void)self;
    const char *const kinds = "xiqnnddnnxxxxXX";
    argument a[MOST_ARGUMENTS];
    if (read_arguments(given, count, kinds, a) < 0) return NULL;
    const argument *const theta = a + 9, *const w = a + 11, *const l2 = a + 12, *const blocks = a + 13, *const out = a + 14;
    task t = {.w = w->array.buf, .l2 = l2->array.buf, .blocks = blocks->array.buf, .out = out->array.buf};
    const int fits = rows_fit(a, &t) && t.form != SPARSE && parameters_fit(theta, theta, t.inputs, &t) &&
                     size_of(w, 0) >= t.last && rows_of_type(a, &t, theta) && of_type(w, theta) &&
                     hessian_fits(l2, blocks, out, theta, &t);
    const kernels *f = chosen->of_float, *d = chosen->of_double;
    const int failed = fits && run(f->hessian, d->hessian, type_of(&theta->array), &t);
    release(a, kinds, (size_t)count);
    return finished(failed, fits, Py_NewRef(Py_None));
}

static PyObject *solve(PyObject *self, PyObject *const *given, Py_ssize_t count)
{
    (void)self;
    const char *const kinds = "xxxnnrrrDXn";
    argument a[MOST_ARGUMENTS];
    if (read_arguments(given, count, kinds, a) < 0) return NULL;
    linear_system s = {.matrix = a[0].array.buf, .b = a[1].array.buf, .l2 = a[2].array.buf, .p = size_of(a + 1, 0),
                .classes = (size_t)a[3].whole, .flat = (size_t)a[4].whole, .accuracy = a[5].real, .damping = a[6].real,
                .rounding = a[7].real, .work = a[8].array.buf, .out = a[9].array.buf,
                .inputs = (size_t)a[10].whole};
    int fits = a[10].whole >= 0 && s.flat <= s.inputs + 1 && a[3].whole > 0 && (size_t)a[3].whole <= s.p && a[4].whole >= 0 && size_of(a, 0) == s.p &&
               size_of(a, 1) == s.p && a[0].array.ndim == 2 && a[1].array.ndim == 1 && size_of(a + 2, 0) == s.p &&
               size_of(a + 8, 0) == s.p + 6 && size_of(a + 8, 1) == s.p && a[8].array.ndim == 2 &&
               size_of(a + 9, 0) == 2 && size_of(a + 9, 1) == s.p && a[9].array.ndim == 2;
    fits = fits && (s.flat == 0 || (s.flat >= s.inputs && s.flat * s.classes == s.p)) && of_type(a + 1, a) && of_type(a + 2, a) && of_type(a + 9, a);
    int failed = 0;
    if (fits) {
        Py_BEGIN_ALLOW_THREADS;
        failed = (type_of(&a->array) == 'f' ? chosen->of_float : chosen->of_double)->solve(&s);
        Py_END_ALLOW_THREADS;
    }
    release(a, kinds, (size_t)count);
    return finished(0, fits, PyLong_FromLong(failed ? -1 : (long)s.products));
}

static PyObject *rescale(PyObject *self, PyObject *const *given, Py_ssize_t count)
{
    (void)self;
    const char *const kinds = "xiqnnddnnX";
    argument a[MOST_ARGUMENTS];
    if (read_arguments(given, count, kinds, a) < 0) return NULL;
    const argument *const out = a + 9;
    task t = {.out = out->array.buf};
    const int fits = rows_fit(a, &t) && t.shift != NULL && out->array.ndim == 2 &&
                     size_of(out, t.form == ACROSS ? 0 : 1) == t.n &&
                     size_of(out, t.form == ACROSS ? 1 : 0) == t.inputs;
    const kernels *f = chosen->of_float, *d = chosen->of_double;
    const int failed = fits && run(f->rescale, d->rescale, type_of(&out->array), &t);
    release(a, kinds, (size_t)count);
    return finished(failed, fits, Py_NewRef(Py_None));
}

/* Return how many weights a layer has; 0 where its widths are not those of so many members. */
static int64_t weights_of(int64_t kind, int64_t members, int64_t i, int64_t o)
{
    if (members < 1 || i < 1 || o < 1) return 0;
    if (kind == SCALE) return o == members * i ? o : 0;
    if (i % members || o % members || (kind != SHARED && kind != OWN)) return 0;
    return i / members * (kind == OWN ? o : o / members);
}

/* Whether all of a chain of layers lies within theta, and ends in as many outputs for each member. */
static int chain_fits(const epoch *e, const argument *a)
{
    if (e->depth < 1 || e->depth > MOST_LAYERS || size_of(a, 0) != e->depth + 1 || size_of(a + 4, 0) != e->depth + 1) return 0;
    for (int k = 2; k < 7; k++)
        if (k != 4 && size_of(a + k, 0) != e->depth) return 0;
    for (size_t layer = 0; layer < e->depth; layer++) {
        const int64_t o = e->widths[layer + 1], all = (int64_t)e->parameters;
        const int64_t weights = weights_of(e->kinds[layer], e->members[layer], e->widths[layer], o);
        if (weights < 1 || e->starts[layer] < 0 || e->starts[layer] + weights > all) return 0;
        if (e->biases[layer] >= 0 && e->biases[layer] + o > all) return 0;
    }
    return e->members[e->depth] > 0 && e->widths[e->depth] % e->members[e->depth] == 0;
}

/* Return the number of outputs of each member. */
static size_t classes_of(const epoch *e)
{
    return (size_t)(e->widths[e->depth] / e->members[e->depth]);
}

/* Whether each row that is asked for is there, and each block lies within theta. */
static int places_fit(const epoch *e, size_t rows)
{
    const size_t k = classes_of(e);
    for (size_t r = 0; r < e->rows; r++) {
        const int64_t row = e->order[r];
        if (row < 0 || (size_t)row >= rows || (e->classes && (e->classes[row] < 0 || (size_t)e->classes[row] >= k)))
            return 0;
    }
    for (size_t b = 0; b < e->block_count; b++) {
        const int64_t *const block = e->blocks + 3 * b;
        if (block[0] < 0 || block[1] < block[0] || (size_t)block[1] > e->parameters) return 0;
    }
    return 1;
}

/* Return how many numbers of memory a thread needs: for the rows of a part as each layer has them, for the gradient with
   respect to these, and for products. */
static size_t work_needed(const epoch *e)
{
    const size_t rows = (e->size + e->parts - 1) / e->parts;
    size_t needed = 0, widest = 0, terms = rows;
    for (size_t layer = 0; layer <= e->depth; layer++) {
        const size_t width = (size_t)e->widths[layer];
        needed += (rows * width + 15) / 16 * 16;
        widest = width > widest ? width : widest;
        if (rows * (size_t)e->members[layer] > terms) terms = rows * (size_t)e->members[layer];
    }
    const size_t longest = widest > terms ? widest : terms;
    return needed + (rows * widest + 15) / 16 * 16 + (longest + 12) * 32;
}

static PyObject *run_epoch(PyObject *self, PyObject *const *given, Py_ssize_t count)
{
    (void)self;
    const char *const kinds = "nQxqxdqnqqqqqqdnrrdxqXXXXXDD";
    argument a[MOST_ARGUMENTS];
    if (read_arguments(given, count, kinds, a) < 0) return NULL;
    epoch e = {.taken = a[1].array.buf,
               .x = a[2].array.buf,
               .classes = size_of(a + 3, 0) ? a[3].array.buf : NULL,
               .probabilities = a[4].array.buf,
               .weights = a[5].array.buf,
               .order = a[6].array.buf,
               .rows = size_of(a + 6, 0),
               .size = (size_t)a[7].whole,
               .widths = a[8].array.buf,
               .starts = a[9].array.buf,
               .biases = a[10].array.buf,
               .kinds = a[11].array.buf,
               .members = a[12].array.buf,
               .activations = a[13].array.buf,
               .slopes = a[14].array.buf,
               .depth = size_of(a + 9, 0),
               .softmax = (int)a[15].whole,
               .keep = a[16].real,
               .spread = a[17].real,
               .batches = a[18].array.buf,
               .steps = size_of(a + 18, 0),
               .moves = a[19].array.buf,
               .blocks = a[20].array.buf,
               .block_count = size_of(a + 20, 0),
               .theta = a[21].array.buf,
               .parameters = size_of(a + 21, 0),
               .mean = a[22].array.buf,
               .square = a[23].array.buf,
               .work = a[24].array.buf,
               .work_size = size_of(a + 24, 1),
               .threads = size_of(a + 24, 0),
               .gradients = a[25].array.buf,
               .parts = size_of(a + 25, 0),
               .sums = a[26].array.buf,
               .sums_size = size_of(a + 26, 1),
               .out = a[27].array.buf};
    const size_t n = size_of(a + 2, 0), me = (size_t)a[0].whole;
    int fits = e.parts > 0 && e.size > 0 && size_of(a + 1, 0) == COUNTERS && chain_fits(&e, a + 8);
    fits = fits && size_of(a + 2, 1) == (size_t)e.widths[0] && size_of(a + 5, 0) == n;
    fits = fits && (e.classes ? e.softmax && size_of(a + 3, 0) == n
                              : size_of(a + 4, 0) == n && size_of(a + 4, 1) == classes_of(&e));
    fits = fits && e.steps == (e.rows + e.size - 1) / e.size && size_of(a + 18, 1) == 3 && size_of(a + 20, 1) == 3;
    fits = fits && size_of(a + 19, 0) == e.steps && size_of(a + 19, 1) == COEFFICIENTS;
    fits = fits && size_of(a + 22, 0) == e.parameters && size_of(a + 23, 0) == e.parameters;
    fits = fits && size_of(a + 25, 1) == e.parameters && me < e.threads && e.work_size >= work_needed(&e);
    fits = fits && size_of(a + 26, 0) == 3 && e.sums_size >= e.parts && e.sums_size >= e.block_count;
    fits = fits && size_of(a + 27, 0) == 2;
    for (int k = 4; k < 26; k++)
        if (kinds[k] == 'x' || kinds[k] == 'X') fits = fits && of_type(a + k, a + 2);
    if (fits && (fits = places_fit(&e, n))) {
        e.done = e.taken + COUNTERS / 2;
        const kernels *f = chosen->of_float, *d = chosen->of_double;
        Py_BEGIN_ALLOW_THREADS;
        (type_of(&a[2].array) == 'f' ? f : d)->run_epoch(&e, me);
        Py_END_ALLOW_THREADS;
    }
    release(a, kinds, (size_t)count);
    return finished(0, fits, Py_NewRef(Py_None));
}

static PyObject *cut(PyObject *self, PyObject *const *given, Py_ssize_t count)
{
    (void)self;
    const char *const kinds = "ddddnIX";
    argument a[MOST_ARGUMENTS];
    if (read_arguments(given, count, kinds, a) < 0) return NULL;
    number_pieces t = {.values = a[0].array.buf, .edges = a[1].array.buf, .origins = a[2].array.buf,
                       .factors = a[3].array.buf, .n = size_of(a, 0), .edge_count = size_of(a + 1, 0),
                       .first_row = (size_t)a[4].whole, .codes = a[5].array.buf, .shares = a[6].array.buf};
    const int fits = a[4].whole >= 0 && a[4].whole < INT32_MAX - (Py_ssize_t)t.edge_count - 1 &&
                     size_of(a + 2, 0) == t.edge_count + 1 && size_of(a + 3, 0) == t.edge_count + 1 &&
                     size_of(a + 5, 0) == t.n && size_of(a + 6, 0) == t.n && a[5].array.ndim == 1 && a[6].array.ndim == 1;
    if (fits) {
        Py_BEGIN_ALLOW_THREADS;
        (type_of(&a[6].array) == 'f' ? chosen->of_float : chosen->of_double)->cut(&t);
        Py_END_ALLOW_THREADS;
    }
    release(a, kinds, (size_t)count);
    return finished(0, fits, PyLong_FromLongLong(fits ? t.infinite : -1));
}

/* Whether each code of the rows that are asked for is that of a row of its table. */
static int codes_fit(const table_rows *t, size_t rows, size_t rows_of_numbers)
{
    for (size_t p = 0; p < t->columns; p++) {
        const size_t most = p < t->numbers ? rows_of_numbers : rows;
        int fits = 1;
        for (size_t r = t->first; r < t->last; r++) fits &= t->codes[p * t->n + r] >= 0 && (size_t)t->codes[p * t->n + r] < most;
        if (!fits) return 0;
    }
    return 1;
}

static PyObject *predict_table(PyObject *self, PyObject *const *given, Py_ssize_t count)
{
    (void)self;
    const char *const kinds = "ixxxxnnqqqqqqdxXX";
    argument a[MOST_ARGUMENTS];
    if (read_arguments(given, count, kinds, a) < 0) return NULL;
    const argument *const shares = a + 1, *const at = a + 2, *const by = a + 3, *const bias = a + 4, *const chain = a + 7;
    const argument *const theta = a + 14, *const work = a + 15, *const out = a + 16;
    table_rows t = {.codes = a[0].array.buf, .shares = shares->array.buf, .at = at->array.buf, .by = by->array.buf,
                    .bias = bias->array.buf, .out = out->array.buf, .n = size_of(a, 1), .columns = size_of(a, 0),
                    .numbers = size_of(shares, 0), .stride = size_of(bias, 0), .first = (size_t)a[5].whole,
                    .last = (size_t)a[6].whole};
    const epoch e = {.widths = chain->array.buf, .starts = chain[1].array.buf, .biases = chain[2].array.buf,
                     .kinds = chain[3].array.buf, .members = chain[4].array.buf, .activations = chain[5].array.buf,
                     .slopes = chain[6].array.buf, .depth = size_of(chain + 1, 0), .theta = theta->array.buf,
                     .parameters = size_of(theta, 0), .work = work->array.buf};
    int fits = a[0].array.ndim == 2 && shares->array.ndim == 2 && at->array.ndim == 2 && by->array.ndim == 2 &&
               out->array.ndim == 2 && a[5].whole >= 0 && t.first <= t.last && t.last <= t.n && t.numbers <= t.columns &&
               size_of(shares, 1) == t.n && size_of(at, 1) == t.stride && size_of(by, 1) == t.stride &&
               size_of(by, 0) <= size_of(at, 0) && t.stride % LONGEST_VECTOR == 0 && chain_fits(&e, chain) &&
               (size_t)e.widths[1] <= t.stride && size_of(out, 1) == (size_t)e.widths[e.depth] &&
               size_of(out, 0) == t.last - t.first;
    for (int k = 1; k < 17; k++)
        if (kinds[k] == 'x' || kinds[k] == 'X') fits = fits && of_type(a + k, out);
    size_t needed = PREDICTED_ROWS * t.stride, widest = 0;
    for (size_t layer = 1; fits && layer <= e.depth; layer++) {
        const size_t width = (size_t)e.widths[layer];
        needed += layer > 1 ? PREDICTED_ROWS * width : 0;
        widest = width > widest ? width : widest;
    }
    fits = fits && size_of(work, 0) >= needed + (widest + 12) * 32 && codes_fit(&t, size_of(at, 0), size_of(by, 0));
    if (fits) {
        Py_BEGIN_ALLOW_THREADS;
        (type_of(&out->array) == 'f' ? chosen->of_float : chosen->of_double)->predict_table(&t, &e);
        Py_END_ALLOW_THREADS;
    }
    release(a, kinds, (size_t)count);
    return finished(0, fits, Py_NewRef(Py_None));
}

static PyObject *instructions(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    PyObject *names = PyList_New(0);
    for (size_t s = 0; names != NULL && s < sizeof SETS / sizeof *SETS; s++) {
        PyObject *name = SETS[s].supported() ? PyUnicode_FromString(SETS[s].name) : NULL;
        if (name != NULL && PyList_Append(names, name) < 0) Py_CLEAR(names);
        Py_XDECREF(name);
    }
    return names;
}

static PyObject *chosen_name(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    return PyUnicode_FromString(chosen->name);
}

static PyObject *choose(PyObject *self, PyObject *wanted)
{
    (void)self;
    for (size_t s = 0; s < sizeof SETS / sizeof *SETS; s++) {
        PyObject *name = PyUnicode_FromString(SETS[s].name);
        const int same = name != NULL && SETS[s].supported() && PyUnicode_Compare(name, wanted) == 0;
        Py_XDECREF(name);
        if (same) {
            chosen = &SETS[s];
            Py_RETURN_NONE;
        }
        if (PyErr_Occurred()) return NULL;
    }
    return PyErr_Format(PyExc_ValueError, "This processor cannot run the instructions %R.", wanted);
}

#define FAST(function, words) {#function, (PyCFunction)(void (*)(void))function, METH_FASTCALL, words}
static PyMethodDef FUNCTIONS[] = {
    FAST(add_cost_and_gradient, "Return the cost of rows, and add their gradient."),
    FAST(add_curvature_product, "Add the curvature of rows times a vector."),
    FAST(add_block, "Add the lower half of the curvature of one class by itself."),
    FAST(write_hessian, "Write the Hessian of rows, of few parameters."),
    FAST(solve, "Solve a system with a Hessian; return how many products that took, -1 where rounding hides it."),
    FAST(run_epoch, "Take the steps of an epoch, with other threads that call it."),
    FAST(cut, "Write which piece of a column each number is in, and its share of it; return the first infinite one, or -1."),
    FAST(predict_table, "Write the outputs of a network for rows of a table."),
    FAST(rescale, "Write rows, each column shifted and scaled."),
    {"instructions", instructions, METH_NOARGS, "Return the sets of instructions that this processor has, the best first."},
    {"chosen", chosen_name, METH_NOARGS, "Return the set of instructions that computes."},
    {"choose", choose, METH_O, "Compute with a set of instructions."},
    {0},
};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, .m_name = "_kernels", .m_doc = "The compiled kernels.", .m_size = -1, .m_methods = FUNCTIONS};

PyMODINIT_FUNC PyInit__kernels(void)
{
    chosen = SETS;
    while (!chosen->supported()) chosen++;
    return PyModule_Create(&MODULE);
}
