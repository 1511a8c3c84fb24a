/** How many columns give equal tiles their largest size in a given box. */

export interface Grid {
  columns: number;
  /** Width of one tile in CSS pixels. */
  width: number;
}

export interface Box {
  width: number;
  height: number;
}

/** What a tile needs beside its picture: two lines of name and role, and its border. In CSS pixels. */
export const CAPTION = 54;
export const GAP = 10;
const ASPECT = 16 / 9;
const WIDTH_MIN = 140;

export function bestGrid(count: number, box: Box): Grid {
  let best: Grid = { columns: 1, width: Math.max(0, Math.floor(box.width)) };
  let bestWidth = 0;
  for (let columns = 1; columns <= Math.max(1, count); columns++) {
    const rows = Math.ceil(count / columns);
    const across = (box.width - GAP * (columns - 1)) / columns;
    if (columns > 1 && across < WIDTH_MIN) break;
    const down = ((box.height - GAP * (rows - 1)) / rows - CAPTION) * ASPECT;
    const width = Math.floor(Math.min(across, down));
    if (width > bestWidth) {
      bestWidth = width;
      best = { columns, width };
    }
  }
  // In a box too low for all of them the page scrolls rather than showing stamps.
  if (best.width < WIDTH_MIN) {
    const columns = Math.max(1, Math.min(count, Math.floor((box.width + GAP) / (WIDTH_MIN + GAP))));
    return { columns, width: Math.floor((box.width - GAP * (columns - 1)) / columns) };
  }
  return best;
}
