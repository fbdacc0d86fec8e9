/**
 * `numpy.random.RandomState`: the lesson's rows, drawn here as Python draws them.
 *
 * Sources: M. Matsumoto, T. Nishimura, "Mersenne Twister", ACM TOMACS 8 (1998); the polar method of G. Marsaglia,
 * T. Bray, "A convenient method for generating normal variables", SIAM Review 6 (1964).
 */

const SIZE = 624;
const MIDDLE = 397;

export class RandomState {
  private readonly state = new Uint32Array(SIZE);
  private place = SIZE;
  private spare: number | null = null;

  constructor(seed: number) {
    this.state[0] = seed >>> 0;
    for (let i = 1; i < SIZE; i += 1) {
      const before = this.state[i - 1]!;
      this.state[i] = (Math.imul(1812433253, before ^ (before >>> 30)) + i) >>> 0;
    }
  }

  /** Return 32 random bits. */
  bits(): number {
    if (this.place === SIZE) this.twist();
    let y = this.state[this.place]!;
    this.place += 1;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  private twist(): void {
    const s = this.state;
    for (let i = 0; i < SIZE; i += 1) {
      const y = (s[i]! & 0x80000000) | (s[(i + 1) % SIZE]! & 0x7fffffff);
      s[i] = s[(i + MIDDLE) % SIZE]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.place = 0;
  }

  /** Return a uniform number from 0 to 1, as `rand`. */
  uniform(): number {
    const high = this.bits() >>> 5;
    const low = this.bits() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** Return a standard normal number, as `randn`. */
  normal(): number {
    if (this.spare !== null) {
      const kept = this.spare;
      this.spare = null;
      return kept;
    }
    for (;;) {
      const a = 2 * this.uniform() - 1;
      const b = 2 * this.uniform() - 1;
      const square = a * a + b * b;
      if (square < 1 && square !== 0) {
        const scale = Math.sqrt((-2 * Math.log(square)) / square);
        this.spare = scale * a;
        return scale * b;
      }
    }
  }

  /** Return 0 to `n - 1` in random order. */
  permutation(n: number): Uint32Array {
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i -= 1) {
      const mask = 2 ** (32 - Math.clz32(i)) - 1;
      let j = (this.bits() & mask) >>> 0;
      while (j > i) j = (this.bits() & mask) >>> 0;
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }
}
