/* The compiled kernels' product of matrices for WebAssembly: `make wasm` builds it into src/kernel/products_wasm.ts.

   Two numbers to a vector, and no fused multiplication: each sum has the bits that TypeScript's has. */

#include <stddef.h>
#include <stdint.h>

/* what string.h declares, where there is no library */
void *memcpy(void *to, const void *from, size_t bytes);
void *memset(void *at, int value, size_t bytes);

#define INNER static inline __attribute__((always_inline, unused))
#define UNROLLED _Pragma("clang loop unroll(full)")
#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)
#define NAME(word) JOIN(word, double)
#define number double
#define LANES 2
#define MANY_REGISTERS 0
/* No sum is long: others than those of tiles would have other bits. Nor is there another thread to claim numbers from. */
#define LONG_SUM SIZE_MAX
#define LINE 64
#define CLAIMED 0

INNER size_t next_part(size_t left, size_t most)
{
    const size_t parts = (left + most - 1) / most;
    return (left + parts - 1) / parts;
}

#include "../../src/chainrule/engine/compiled/tiles.h"

#include "../../src/chainrule/engine/compiled/products.h"

void *memcpy(void *to, const void *from, size_t bytes)
{
    for (size_t k = 0; k < bytes; k++) ((char *)to)[k] = ((const char *)from)[k];
    return to;
}

__attribute__((export_name("multiply"))) void product(size_t m, size_t n, size_t terms, const number *a, size_t a_row,
                                                      size_t a_step, const number *b, size_t b_row, size_t b_column,
                                                      number *c, number *memory)
{
    NAME(multiply)(m, n, terms, a, a_row, a_step, b, b_row, b_column, c, n, memory, NULL);
}
