/**
 * Formulas as people type them, read into a tree and computed by walking it: nothing that is typed ever runs as code.
 *
 *   formula = sum ("where" sum ">" sum "," "else" sum)?
 *   sum     = product (("+" | "-") product)*
 *   product = power (("*" | "·" | "/")? power)*        a factor beside another, as in h (1 - h), is multiplied
 *   power   = "-" power | value ("^" power | "²" | "³")?
 *   value   = number | letter | function ("²" | "³")? "(" sum ("," sum)* ")" | "(" sum ")"
 *
 * A recursive descent, with one method for each line.
 */

import { FUNCTIONS, functionNamed } from "./functions";

export type Operator = "+" | "-" | "*" | "/" | "^";

export type Tree =
  | { readonly kind: "number"; readonly value: number; readonly text: string }
  | { readonly kind: "letter"; readonly name: string }
  | { readonly kind: "call"; readonly name: string; readonly of: readonly Tree[] }
  | { readonly kind: "negative"; readonly of: Tree }
  | { readonly kind: "operation"; readonly by: Operator; readonly left: Tree; readonly right: Tree }
  | {
      readonly kind: "cases";
      readonly then: Tree;
      readonly left: Tree;
      readonly right: Tree;
      readonly otherwise: Tree;
    };

// Longer formulas are no derivatives that anyone types.
const LONGEST = 200;
// Brackets nested deeper might exhaust the stack.
const DEEPEST = 40;
const TOKEN = /\s*(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|Φ'|[a-zσΦ][a-z0-9]*|[-+*/^(),>·−²³])/iuy;
const POWERS: Readonly<Record<string, string>> = { "²": "2", "³": "3" };

/** A formula that cannot be read, and why, in a sentence. */
export class FormulaError extends Error {}

/** Return what a formula means; `letters` are those that it may use. Throws FormulaError. */
export function parse(text: string, letters: readonly string[] = ["a", "h"]): Tree {
  if (text.length > LONGEST) {
    throw new FormulaError(`A formula may have at most ${LONGEST} characters; this one has ${text.length}.`);
  }
  if (text.trim() === "") throw new FormulaError("There is no formula yet: type one, such as 1 - h^2.");
  const reader = new Reader(tokens(text), letters);
  const tree = reader.formula();
  reader.end();
  return tree;
}

function tokens(text: string): string[] {
  const found: string[] = [];
  TOKEN.lastIndex = 0;
  for (let at = 0; text.slice(at).trim() !== ""; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) throw new FormulaError(`A formula cannot contain ${[...text.slice(at).trim()][0] ?? ""}.`);
    found.push((match[1] ?? "").replace("·", "*").replace("−", "-"));
  }
  return found;
}

class Reader {
  private at = 0;
  private depth = 0;

  constructor(
    private readonly tokens: readonly string[],
    private readonly letters: readonly string[],
  ) {}

  formula(): Tree {
    const then = this.sum();
    if (this.next("where") === null) return then;
    const left = this.sum();
    this.expect(">");
    const right = this.sum();
    this.expect(",");
    this.expect("else");
    return { kind: "cases", then, left, right, otherwise: this.sum() };
  }

  end(): void {
    const left = this.tokens[this.at];
    if (left !== undefined) throw new FormulaError(`${left} stands where the formula should end.`);
  }

  private sum(): Tree {
    let left = this.product();
    for (let by = this.next("+", "-"); by !== null; by = this.next("+", "-")) {
      left = { kind: "operation", by: by as Operator, left, right: this.product() };
    }
    return left;
  }

  private product(): Tree {
    let left = this.power();
    for (;;) {
      const by = this.next("*", "/");
      if (by === null && !this.beginsValue()) return left;
      left = { kind: "operation", by: (by ?? "*") as Operator, left, right: this.power() };
    }
  }

  private power(): Tree {
    return this.deeper(() => {
      if (this.next("-") !== null) return { kind: "negative", of: this.power() };
      const base = this.value();
      const short = this.exponent();
      if (short !== null) return { kind: "operation", by: "^", left: base, right: short };
      return this.next("^") === null ? base : { kind: "operation", by: "^", left: base, right: this.power() };
    });
  }

  private value(): Tree {
    const token = this.tokens[this.at];
    if (token === undefined) throw new FormulaError("The formula ends where a number or a letter is expected.");
    this.at += 1;
    if (token === "(") return this.closed(this.sum());
    if (/^[\d.]/.test(token)) return { kind: "number", value: Number(token), text: token };
    if (this.letters.includes(token)) return { kind: "letter", name: token };
    if (functionNamed(token) !== undefined) return this.call(token);
    if (/^[a-zσΦ]/iu.test(token)) {
      const known = [...this.letters, ...FUNCTIONS.keys()].join(", ");
      throw new FormulaError(`There is no ${token}: use ${known}, numbers and + - * / ^ ( ).`);
    }
    throw new FormulaError(`${token} stands where a number or a letter is expected.`);
  }

  private call(name: string): Tree {
    const power = this.exponent();
    if (this.next("(") === null) throw new FormulaError(`${name} is a function: write ${name}(a).`);
    const of = [this.sum()];
    while (this.next(",") !== null) of.push(this.sum());
    const wanted = functionNamed(name)?.takes ?? 1;
    if (of.length !== wanted) {
      throw new FormulaError(`${name} takes ${wanted === 1 ? "one number" : "two numbers"}, found ${of.length}.`);
    }
    const called = this.closed({ kind: "call", name, of });
    return power === null ? called : { kind: "operation", by: "^", left: called, right: power };
  }

  private exponent(): Tree | null {
    const short = this.next("²", "³");
    const text = short === null ? undefined : POWERS[short];
    return text === undefined ? null : { kind: "number", value: Number(text), text };
  }

  private closed(inside: Tree): Tree {
    if (this.next(")") === null) throw new FormulaError("A bracket is not closed.");
    return inside;
  }

  private deeper(read: () => Tree): Tree {
    this.depth += 1;
    if (this.depth > DEEPEST) throw new FormulaError(`Brackets and signs are nested more than ${DEEPEST} deep.`);
    const tree = read();
    this.depth -= 1;
    return tree;
  }

  private beginsValue(): boolean {
    const token = this.tokens[this.at];
    return token !== undefined && token !== "where" && token !== "else" && /^[\d.a-zσΦ(]/iu.test(token);
  }

  private expect(wanted: string): void {
    if (this.next(wanted) === null) throw new FormulaError("Write a formula with cases like this: 1 where a > 0, else 0.");
  }

  private next(...wanted: string[]): string | null {
    const token = this.tokens[this.at];
    if (token === undefined || !wanted.includes(token)) return null;
    this.at += 1;
    return token;
  }
}

/** Return the number that a formula has at these values of its letters; NaN where it has none. */
export function evaluate(tree: Tree, values: Readonly<Record<string, number>>): number {
  switch (tree.kind) {
    case "number":
      return tree.value;
    case "letter":
      return values[tree.name] ?? Number.NaN;
    case "negative":
      return -evaluate(tree.of, values);
    case "call":
      return functionNamed(tree.name)?.of(...tree.of.map((each) => evaluate(each, values))) ?? Number.NaN;
    case "operation":
      return combined(tree.by, evaluate(tree.left, values), evaluate(tree.right, values));
    case "cases":
      return evaluate(evaluate(tree.left, values) > evaluate(tree.right, values) ? tree.then : tree.otherwise, values);
  }
}

function combined(by: Operator, left: number, right: number): number {
  switch (by) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return left / right;
    case "^":
      return left ** right;
  }
}
