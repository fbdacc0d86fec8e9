/* The kernels of one set of instructions, for `float` and for `double`.

   Included once for each set, whose name SET is, with how many FLOATS and DOUBLES its vectors have, and
   whether it has MANY_REGISTERS, 32 and not 16. */

#define number float
#define integer int32_t
#define ROOT __builtin_sqrtf
#define NAME(word) JOIN(word, JOIN(float, SET))
#define LANES FLOATS
#define MANTISSA 23
#define EXPONENT_OF_ONE 127
/* 1.5 · 2^23: a number added to it is rounded to a whole one, which its lowest bits are */
#define ROUND 12582912.0f
/* log(2) in two parts, the first with so few bits that its product with n is exact */
#define LOG_2_HIGH 0.693359375f
#define LOG_2_LOW -2.12194440e-4f
/* so that 2^n is a normal number */
#define EXP_LEAST -87.0f
/* 1 / k! for k from 7 to 2: what is left out is less than 6e-9 */
#define EXP_SERIES {1 / 5040.0f, 1 / 720.0f, 1 / 120.0f, 1 / 24.0f, 1 / 6.0f, 0.5f}
/* the bits of √½ */
#define HALF_ROOT_BITS 0x3f3504f3
/* 1 / (2 k + 1) for k from 4 to 1: what is left out is less than 5e-9 */
#define LOG_SERIES {1 / 9.0f, 1 / 7.0f, 1 / 5.0f, 1 / 3.0f}
#include "kernels_of_type.h"

#define number double
#define integer int64_t
#define ROOT __builtin_sqrt
#define NAME(word) JOIN(word, JOIN(double, SET))
#define LANES DOUBLES
#define MANTISSA 52
#define EXPONENT_OF_ONE 1023
/* 1.5 · 2^52 */
#define ROUND 6755399441055744.0
#define LOG_2_HIGH 6.93147180369123816490e-01
#define LOG_2_LOW 1.90821492927058770002e-10
#define EXP_LEAST -708.0
/* 1 / k! for k from 13 to 2: what is left out is less than 5e-18 */
#define EXP_SERIES                                                                                                     \
    {1 / 6227020800.0, 1 / 479001600.0, 1 / 39916800.0, 1 / 3628800.0, 1 / 362880.0, 1 / 40320.0,                      \
     1 / 5040.0,       1 / 720.0,       1 / 120.0,      1 / 24.0,      1 / 6.0,      0.5}
#define HALF_ROOT_BITS 0x3fe6a09e667f3bcd
/* 1 / (2 k + 1) for k from 12 to 1: what is left out is less than 1e-20 */
#define LOG_SERIES                                                                                                     \
    {1 / 25.0, 1 / 23.0, 1 / 21.0, 1 / 19.0, 1 / 17.0, 1 / 15.0, 1 / 13.0, 1 / 11.0, 1 / 9.0, 1 / 7.0, 1 / 5.0, 1 / 3.0}
#include "kernels_of_type.h"
