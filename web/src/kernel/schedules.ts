/** Learning-rate schedules: the rate of each iteration, counted from 0, as in `chainrule.optimizers.schedules`. */

export interface Schedule {
  readonly name: string;
  at(iteration: number): number;
}

/** A number, or a schedule of the iteration. */
export type Rate = number | Schedule;

export function rateAt(rate: Rate, iteration: number): number {
  return typeof rate === "number" ? rate : rate.at(iteration);
}

/** Throw RangeError unless each of the named numbers is finite and above zero. */
export function checkPositive(owner: string, numbers: Record<string, number>): void {
  for (const [name, of] of Object.entries(numbers)) {
    if (!(Number.isFinite(of) && of > 0)) throw new RangeError(`${owner} needs a finite number above zero for its ${name}, found ${of}.`);
  }
}

/** Throw RangeError unless each of the named numbers is at least 0 and less than 1. */
export function checkShare(owner: string, numbers: Record<string, number>): void {
  for (const [name, of] of Object.entries(numbers)) {
    if (!(of >= 0 && of < 1)) throw new RangeError(`${owner} needs a ${name} of at least 0 and less than 1, found ${of}.`);
  }
}

/** `rate · factor^(iteration / every)`. */
export class ExponentialDecay implements Schedule {
  readonly name = "ExponentialDecay";
  constructor(readonly rate: number, readonly factor = 0.9, readonly every = 1) {
    checkPositive(this.name, { rate, factor, every });
  }
  at(iteration: number): number { return this.rate * this.factor ** (iteration / this.every); }
}

/** `rate · factor^⌊iteration / every⌋`. */
export class StepDecay implements Schedule {
  readonly name = "StepDecay";
  constructor(readonly rate: number, readonly factor = 0.5, readonly every = 100) {
    checkPositive(this.name, { rate, factor, every });
  }
  at(iteration: number): number { return this.rate * this.factor ** Math.floor(iteration / this.every); }
}

/** `rate / (1 + iteration / every)`. */
export class InverseTimeDecay implements Schedule {
  readonly name = "InverseTimeDecay";
  constructor(readonly rate: number, readonly every = 1) {
    checkPositive(this.name, { rate, every });
  }
  at(iteration: number): number { return this.rate / (1 + iteration / this.every); }
}

/** `rate · (1 + cos(π iteration / iterations)) / 2`. */
export class CosineDecay implements Schedule {
  readonly name = "CosineDecay";
  constructor(readonly rate: number, readonly iterations: number) {
    checkPositive(this.name, { rate, iterations });
  }
  at(iteration: number): number { return (this.rate * (1 + Math.cos(Math.PI * Math.min(iteration / this.iterations, 1)))) / 2; }
}

/** A straight rise over the first iterations, then another schedule from its start. */
export class Warmup implements Schedule {
  readonly name = "Warmup";
  constructor(readonly schedule: Schedule, readonly iterations: number) {
    checkPositive(this.name, { iterations });
  }
  at(iteration: number): number {
    if (iteration < this.iterations) return (this.schedule.at(0) * (iteration + 1)) / this.iterations;
    return this.schedule.at(iteration - this.iterations);
  }
}

/** All schedules by the name of their class. */
export const SCHEDULES = { ExponentialDecay, StepDecay, InverseTimeDecay, CosineDecay, Warmup } as const;
