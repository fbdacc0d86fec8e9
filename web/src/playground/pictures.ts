/**
 * One picture at a time: what changes the state is done as the picture begins, then everything that it changed is drawn,
 * once.
 */

let changes = new Set<() => void>();
const drawings = new Set<() => void>();
let asked = false;

function ask(): void {
  if (asked) return;
  asked = true;
  requestAnimationFrame(picture);
}

function picture(): void {
  const now = changes;
  // what is asked for from here on is for the picture after this one
  changes = new Set();
  try {
    for (const change of now) change();
    for (const draw of drawings) {
      drawings.delete(draw);
      draw();
    }
  } finally {
    // one that failed must not end all pictures
    asked = false;
    if (changes.size + drawings.size > 0) ask();
  }
}

/** Do something as the next picture begins. */
export function asPictureBegins(change: () => void): void {
  changes.add(change);
  ask();
}

/** Draw something: in this picture if one is being made, else in the next. */
export function drawInPicture(draw: () => void): void {
  drawings.add(draw);
  ask();
}

/** Leave out what was asked for. */
export function forget(work: () => void): void {
  changes.delete(work);
  drawings.delete(work);
}
