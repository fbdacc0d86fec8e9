/** What people drop onto the panel: tables of any form, and cells that a spreadsheet would compute. */
import { describe, expect, it } from "vitest";
import { integratedGradients } from "../src/kernel";
import { parseTable, toCsv } from "../src/panel/csv";

describe("a table", () => {
  it("is read with commas, semicolons or tabs, and quotes", () => {
    expect(parseTable('a,b\r\n1,"x, ""y""\nz"\n').rows).toEqual([["1", 'x, "y"\nz']]);
    expect(parseTable("\uFEFFa;b\n1,5;2\n\n3;4")).toEqual({ header: ["a", "b"], rows: [["1,5", "2"], ["3", "4"]] });
    expect(parseTable("a\tb\n1\t")).toEqual({ header: ["a", "b"], rows: [["1", ""]] });
  });

  it("is refused in a sentence", () => {
    expect(() => parseTable("")).toThrow("Found no rows");
    expect(() => parseTable("a,b\n1")).toThrow("Row 0 has 1 fields, but the first line names 2 columns.");
    expect(() => parseTable("a,a\n1,2")).toThrow("Two columns are named a: rename one of them.");
    expect(() => parseTable(`a\n${"1\n".repeat(50_001)}`)).toThrow("Found 50001 rows, more than the 50000");
  });

  it("survives anything", () => {
    const letters = '",;\t\r\n=a1\u0000\u2028<';
    for (let seed = 1; seed <= 2000; seed++) {
      let state = seed;
      const next = (): number => (state = (state * 48271) % 2147483647);
      const text = Array.from({ length: next() % 60 }, () => letters[next() % letters.length]).join("");
      try {
        const { header, rows } = parseTable(text);
        expect(rows.every((row) => row.length === header.length)).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }
  });

  it("is written so that a spreadsheet computes nothing, and read again", () => {
    const cells = [["=1+1", "-5", "+1e3", "@x", "-cmd|' /C calc'!A0"], ['a"b', "c,d", "\t=1", "", "-1,5"]];
    const text = toCsv(cells);
    expect(text).toContain("'=1+1,-5,+1e3,'@x,'-cmd");
    expect(parseTable(`a,b,c,d,e\n${toCsv([["1", 'x"', "y,z", "", "w"]])}`).rows).toEqual([["1", 'x"', "y,z", "", "w"]]);
  });
});

describe("integrated gradients", () => {
  it("add up to the difference, across kinks too", () => {
    const value = (x: Float64Array): number => Math.max(x[0]! - 0.3, 0) * x[1]! + Math.exp(x[0]!);
    const gradient = (x: Float64Array): Float64Array => Float64Array.of((x[0]! > 0.3 ? x[1]! : 0) + Math.exp(x[0]!), Math.max(x[0]! - 0.3, 0));
    const found = integratedGradients({ value, gradient }, Float64Array.of(1, 2), Float64Array.of(0, 0));
    expect(found[0]! + found[1]!).toBeCloseTo(value(Float64Array.of(1, 2)) - value(Float64Array.of(0, 0)), 8);
  });
});
