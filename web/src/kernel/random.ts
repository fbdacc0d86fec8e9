/**
 * NumPy's generator of random numbers, so that a seed gives the same starting weights and mini-batches as in Python.
 *
 * 1. `SeedSequence` mixes the seed into a pool of four words, and draws the state from it (M. O'Neill's `seed_seq_fe`).
 * 2. PCG64 is a linear congruential generator of 128 bits whose two halves are combined and rotated (XSL-RR).
 * 3. Normal numbers come from the ziggurat of 256 layers of equal area (G. Marsaglia, W. Tsang, 2000).
 * 4. Whole numbers below a bound come from a product with it (D. Lemire, 2019), or from masked bits.
 *
 * Sources: M. O'Neill, "PCG: a family of simple fast space-efficient statistically good algorithms for random number
 * generation" (2014); NumPy's documentation of `numpy.random`.
 */

const POOL = 4;
const MASK_64 = (1n << 64n) - 1n;
const MASK_128 = (1n << 128n) - 1n;
const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;

/** Return `seed` as the words of 32 bits that it is made of, the lowest first. */
function words(seed: bigint): number[] {
  const result: number[] = [];
  for (let rest = seed; rest > 0n || result.length === 0; rest >>= 32n) result.push(Number(rest & 0xffffffffn));
  return result;
}

/** Return `count` words of 32 bits made of a seed. */
function seedWords(seed: bigint, count: number): number[] {
  const entropy = words(seed), pool: number[] = [];
  let constant = 0x43b0d7e5;
  const hash = (word: number): number => {
    let value = (word ^ constant) >>> 0;
    constant = Math.imul(constant, 0x931e8875) >>> 0;
    value = Math.imul(value, constant) >>> 0;
    return (value ^ (value >>> 16)) >>> 0;
  };
  const mix = (x: number, y: number): number => {
    const value = (Math.imul(x, 0xca01f9dd) - Math.imul(y, 0x4973f715)) >>> 0;
    return (value ^ (value >>> 16)) >>> 0;
  };
  for (let i = 0; i < POOL; i++) pool.push(hash(entropy[i] ?? 0));
  for (let from = 0; from < POOL; from++) {
    for (let to = 0; to < POOL; to++) if (from !== to) pool[to] = mix(pool[to]!, hash(pool[from]!));
  }
  for (let from = POOL; from < entropy.length; from++) {
    for (let to = 0; to < POOL; to++) pool[to] = mix(pool[to]!, hash(entropy[from]!));
  }
  constant = 0x8b51f9dd;
  return Array.from({ length: count }, (_, i) => {
    let value = (pool[i % POOL]! ^ constant) >>> 0;
    constant = Math.imul(constant, 0x58f38ded) >>> 0;
    value = Math.imul(value, constant) >>> 0;
    return (value ^ (value >>> 16)) >>> 0;
  });
}

// Layers of the ziggurat, where the lowest begins its tail, and the area of each.
const LAYERS = 256;
const TAIL = 3.6541528853610087963519472518;
const AREA = 4.9286732339746549e-3;
const TWO_52 = 2 ** 52;

const ziggurat = (() => {
  const edge = new Float64Array(LAYERS), width = new Float64Array(LAYERS), limit = new Float64Array(LAYERS), height = new Float64Array(LAYERS);
  const density = (x: number): number => Math.exp(-0.5 * x * x);
  edge[LAYERS - 1] = TAIL;
  for (let i = LAYERS - 2; i > 0; i--) edge[i] = Math.sqrt(-2 * Math.log1p(AREA / edge[i + 1]! + Math.expm1(-0.5 * edge[i + 1]! ** 2)));
  for (let i = 1; i < LAYERS; i++) {
    width[i] = edge[i]! / TWO_52;
    height[i] = density(edge[i]!);
    limit[i] = Math.floor((edge[i - 1]! / edge[i]!) * TWO_52);
  }
  width[0] = AREA / density(TAIL) / TWO_52;
  height[0] = 1;
  limit[0] = Math.floor(((TAIL * density(TAIL)) / AREA) * TWO_52);
  return { width, limit, height };
})();

/** Random numbers, the same as those of `numpy.random.default_rng(seed)`. */
export class Generator {
  private state: bigint;
  private readonly increment: bigint;
  private kept: number | null = null;

  constructor(seed: number | bigint) {
    if (!(typeof seed === "bigint" ? seed >= 0n : Number.isSafeInteger(seed) && seed >= 0)) {
      throw new RangeError(`A seed must be a whole number of at least 0, found ${seed}.`);
    }
    const of = seedWords(BigInt(seed), 8).map(BigInt);
    const pair = (i: number): bigint => of[i]! | (of[i + 1]! << 32n);
    this.increment = ((((pair(4) << 64n) | pair(6)) << 1n) | 1n) & MASK_128;
    this.state = (this.increment + ((pair(0) << 64n) | pair(2))) & MASK_128;
    this.advance();
  }

  private advance(): void {
    this.state = (this.state * MULTIPLIER + this.increment) & MASK_128;
  }

  /** Return 64 random bits. */
  bits64(): bigint {
    this.advance();
    const mixed = (this.state >> 64n) ^ (this.state & MASK_64), turn = this.state >> 122n;
    return ((mixed >> turn) | (mixed << (64n - turn))) & MASK_64;
  }

  /** Return 32 random bits: the lower half of 64, then the upper. */
  bits32(): number {
    if (this.kept !== null) {
      const upper = this.kept;
      this.kept = null;
      return upper;
    }
    const both = this.bits64();
    this.kept = Number(both >> 32n);
    return Number(both & 0xffffffffn);
  }

  /** Return a number of at least 0 and less than 1. */
  random(): number {
    return Number(this.bits64() >> 11n) / 9007199254740992;
  }

  /** Return a number of at least `low` and less than `high`. */
  uniform(low: number, high: number): number {
    return low + (high - low) * this.random();
  }

  /** Return a number of the normal distribution. */
  normal(mean = 0, sd = 1): number {
    return mean + sd * this.standardNormal();
  }

  private standardNormal(): number {
    for (;;) {
      const bits = this.bits64();
      const layer = Number(bits & 0xffn), negative = (bits >> 8n) & 1n;
      const size = Number((bits >> 9n) & 0xfffffffffffffn);
      const x = size * ziggurat.width[layer]!;
      if (size < ziggurat.limit[layer]!) return negative ? -x : x;
      if (layer === 0) return this.tail((BigInt(size) >> 8n) & 1n);
      const height = ziggurat.height[layer - 1]! - ziggurat.height[layer]!;
      if (height * this.random() + ziggurat.height[layer]! < Math.exp(-0.5 * x * x)) return negative ? -x : x;
    }
  }

  private tail(negative: bigint): number {
    for (;;) {
      const beyond = -Math.log1p(-this.random()) / TAIL, other = -Math.log1p(-this.random());
      if (2 * other > beyond * beyond) return negative ? -(TAIL + beyond) : TAIL + beyond;
    }
  }

  /** Return a whole number from 0 to `most`, which is below 2³². */
  private below(most: number): number {
    if (most === 0) return 0;
    const count = BigInt(most) + 1n;
    let product = BigInt(this.bits32()) * count;
    if ((product & 0xffffffffn) < count) {
      const least = (0x100000000n - count) % count;
      while ((product & 0xffffffffn) < least) product = BigInt(this.bits32()) * count;
    }
    return Number(product >> 32n);
  }

  /** Return a whole number of at least `low` and less than `high`. */
  integer(low: number, high: number): number {
    return low + this.below(high - low - 1);
  }

  /** Return the numbers from 0 to `n - 1` in random order. */
  permutation(n: number): Int32Array {
    const order = new Int32Array(n);
    for (let i = 0; i < n; i++) order[i] = i;
    for (let i = n - 1; i > 0; i--) {
      const j = this.masked(i), other = order[j]!;
      order[j] = order[i]!;
      order[i] = other;
    }
    return order;
  }

  /** Return a whole number from 0 to `most`: random bits, drawn again while they are more. */
  private masked(most: number): number {
    const mask = 2 ** (32 - Math.clz32(most)) - 1;
    for (;;) {
      const value = (this.bits32() & mask) >>> 0;
      if (value <= most) return value;
    }
  }
}
