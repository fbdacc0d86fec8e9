/* Exponentials and logarithms of vectors; both pass on what is not a number.

   Included once for each floating type and set of instructions, after tiles.h. */

typedef integer NAME(integers_of) __attribute__((vector_size(LANES * sizeof(number))));
#define integers NAME(integers_of)

/* a where the mask is all ones, b where it is zero */
INNER vector NAME(picked)(integers mask, vector a, vector b)
{
    return (vector)((mask & (integers)a) | (~mask & (integers)b));
}
#define pick NAME(picked)

INNER vector NAME(larger_of)(vector a, vector b) { return pick(a > b, a, b); }
INNER vector NAME(smaller_of)(vector a, vector b) { return pick(a < b, a, b); }
#define larger NAME(larger_of)
#define smaller NAME(smaller_of)

/* Σ_k series[k] x^(count - 1 - k) for an even count: even and odd powers side by side, which takes half the time. */
INNER vector NAME(polynomial)(const number *series, const size_t count, vector x)
{
    const vector square = x * x;
    vector even = everywhere(series[1]), odd = everywhere(series[0]);
    UNROLLED for (size_t k = 2; k < count; k += 2) {
        odd = odd * square + series[k];
        even = even * square + series[k + 1];
    }
    return odd * x + even;
}

/* exp(x) = 2^n (1 + f) with n whole, |r| <= log(2) / 2 and f = exp(r) - 1, by its series to rounding, for x up to 80 */
INNER vector NAME(parts_of_exp)(vector x, vector *power)
{
    static const number series[] = EXP_SERIES;
    x = pick(x < EXP_LEAST, everywhere(EXP_LEAST), x); /* what is not a number is not below it, and stays */
    const vector shifted = x * (number)1.4426950408889634 + ROUND;
    const vector n = shifted - ROUND;
    const vector r = x - n * LOG_2_HIGH - n * LOG_2_LOW;
    const vector p = NAME(polynomial)(series, sizeof series / sizeof *series, r);
    *power = (vector)(((integers)shifted + EXPONENT_OF_ONE) << MANTISSA);
    return r + r * r * p;
}

INNER vector NAME(exp)(vector x)
{
    vector power;
    const vector fraction = NAME(parts_of_exp)(x, &power);
    return power + power * fraction;
}
#define exp_of NAME(exp)

/* tanh(x) = (exp(2 x) - 1) / (exp(2 x) + 1); beyond 20 it is 1 to rounding */
INNER vector NAME(tanh)(vector x)
{
    vector power;
    x = smaller(larger(x, everywhere(-20)), everywhere(20));
    const vector fraction = NAME(parts_of_exp)(2 * x, &power), less_one = power * fraction + (power - 1);
    return less_one / (less_one + 2);
}

/* 1 / (1 + exp(-x)), without exponentials of what is above zero */
INNER vector NAME(logistic)(vector x)
{
    const vector away = exp_of(pick(x > 0, -x, x));
    return pick(x > 0, everywhere(1), away) / (1 + away);
}

INNER vector NAME(root)(vector x)
{
    for (int l = 0; l < LANES; l++) x[l] = ROOT(x[l]);
    return x;
}

/* log(x) = e log(2) + 2 artanh((m - 1) / (m + 1)) with x = 2^e m and m from √½ to √2, for x from 1 on */
INNER vector NAME(log)(vector x)
{
    static const number series[] = LOG_SERIES;
    const integers bits = (integers)x - HALF_ROOT_BITS;
    const vector e = (vector)((bits >> MANTISSA) + (integers)everywhere(ROUND)) - ROUND;
    const vector m = (vector)((bits & (((integer)1 << MANTISSA) - 1)) + HALF_ROOT_BITS);
    const vector s = (m - 1) / (m + 1), square = s * s;
    const vector p = NAME(polynomial)(series, sizeof series / sizeof *series, square);
    /* x - x is not a number where x is none */
    return e * LOG_2_HIGH + (2 * s * (1 + square * p) + e * LOG_2_LOW) + (x - x);
}
#define log_of NAME(log)
