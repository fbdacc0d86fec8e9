/** What is drawn when: one picture at a time. */
import { beforeEach, expect, it, vi } from "vitest";
import { asPictureBegins, drawInPicture, forget } from "../src/playground/pictures";

let frames: (() => void)[] = [];
vi.stubGlobal("requestAnimationFrame", (frame: () => void) => frames.push(frame));

beforeEach(() => {
  frames = [];
});

/** Make the next picture; return how many were asked for. */
function picture(): number {
  const asked = frames.splice(0);
  for (const frame of asked) frame();
  return asked.length;
}

it("changes come first, and each drawing once, in the same picture", () => {
  const done: string[] = [];
  const draw = (): number => done.push("draw");
  drawInPicture(draw);
  asPictureBegins(() => {
    done.push("change");
    drawInPicture(draw);
  });
  expect(picture()).toBe(1);
  expect(done).toEqual(["change", "draw"]);
  expect(picture()).toBe(0);
});

it("a change that asks for the next one gets a picture each", () => {
  let count = 0;
  const again = (): void => {
    count += 1;
    if (count < 3) asPictureBegins(again);
  };
  asPictureBegins(again);
  for (const expected of [1, 2, 3]) {
    expect(picture()).toBe(1);
    expect(count).toBe(expected);
  }
  expect(picture()).toBe(0);
});

it("a drawing that fails leaves the others for the next picture", () => {
  const drawn = vi.fn();
  const never = vi.fn();
  drawInPicture(() => {
    throw new Error("failed");
  });
  drawInPicture(drawn);
  drawInPicture(never);
  forget(never);
  expect(picture).toThrow("failed");
  expect(picture()).toBe(1);
  expect(drawn).toHaveBeenCalledOnce();
  expect(never).not.toHaveBeenCalled();
});
