/** Functions of one number that neither overflow nor lose their digits. */

/** Return `1 / (1 + exp(-x))`, accurate in both tails. */
export function logistic(x: number): number {
  const decay = Math.exp(-Math.abs(x));
  return (x < 0 ? decay : 1) / (1 + decay);
}

/** Return `log(1 + exp(x))`. */
export function softplus(x: number): number {
  return Math.log1p(Math.exp(-Math.abs(x))) + (x >= 0 ? x : 0);
}

// Below this the series of the error function has no terms that cancel and few that count; above, the fraction is short.
const SERIES_BELOW = 2.5;
// Terms of the continued fraction at most: at 2.5 some fifty are enough for all digits.
const MOST_TERMS = 200;
const TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);

/**
 * Return the standard normal distribution function, to 1e-14 of its value.
 *
 * With `u = |x| / √2`, below 2.5 `erf(u) = 2/√π exp(-u²) Σ 2ⁿ u²ⁿ⁺¹ / (1·3···(2n+1))`, else
 * `erfc(u) = exp(-u²)/√π · 1/(u + (1/2)/(u + 1/(u + (3/2)/(u + ...))))` (Abramowitz and Stegun, 7.1.6 and 7.1.14).
 */
export function normalDistribution(x: number): number {
  if (Number.isNaN(x)) return NaN;
  const u = Math.abs(x) * Math.SQRT1_2;
  if (u >= SERIES_BELOW) {
    const tail = 0.5 * upperTail(u);
    return x < 0 ? tail : 1 - tail;
  }
  let term = u, sum = u;
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= (2 * u * u) / (2 * n + 1);
    sum += term;
  }
  const half = 0.5 * TWO_OVER_ROOT_PI * expOfSquare(u) * sum;
  return x < 0 ? 0.5 - half : 0.5 + half;
}

function upperTail(u: number): number {
  const peak = expOfSquare(u);
  if (peak === 0) return 0;
  let fraction = u;
  const terms = Math.min(MOST_TERMS, Math.ceil(20 + 400 / u));
  for (let n = terms; n > 0; n--) fraction = u + n / 2 / fraction;
  return (peak * 0.5 * TWO_OVER_ROOT_PI) / fraction;
}

/** Return `exp(-u²)`: the square is split in two, since its rounding would cost digits far out. */
function expOfSquare(u: number): number {
  const coarse = Math.round(u * 16) / 16;
  return Math.exp(-coarse * coarse) * Math.exp(-(u - coarse) * (u + coarse));
}
