/** How many columns give equal tiles their largest pictures in a given box. */

export interface Grid {
  columns: number;
  /** Width of one tile in CSS pixels. */
  width: number;
  /** Height of its picture in CSS pixels. */
  picture: number;
}

export interface Box {
  width: number;
  height: number;
}

/** What a tile needs beside its picture: two lines of name and role, and its border. In CSS pixels. */
export const CAPTION = 54;
/** The same in a tile so narrow that a name takes two lines of its own, and how narrow that is. */
export const NARROW_CAPTION = 68;
const NARROW = 200;
export const GAP = 10;
/** What its border takes of a picture's width. */
const BORDER = 6;
/** Width by height of a whole picture, and of the narrowest to which its sides may be cut. */
export const WIDE = 16 / 9;
export const SQUARE = 1;
const WIDTH_MIN = 140;
const PICTURE_MIN = 60;

/** `narrowest` is how far the sides of a picture may be cut to make it taller; `WIDE` cuts nothing. */
export function bestGrid(count: number, box: Box, narrowest = WIDE): Grid {
  const whole = (columns: number, width: number): Grid => ({
    columns,
    width: Math.max(0, Math.floor(width)),
    picture: Math.max(0, Math.floor((width - BORDER) / WIDE)),
  });
  let best = whole(1, box.width);
  let bestArea = 0;
  for (let columns = 1; columns <= Math.max(1, count); columns++) {
    const rows = Math.ceil(count / columns);
    const across = (box.width - GAP * (columns - 1)) / columns;
    if (columns > 1 && across < WIDTH_MIN) break;
    const down = (box.height - GAP * (rows - 1)) / rows - (across < NARROW ? NARROW_CAPTION : CAPTION);
    if (down < PICTURE_MIN) continue;
    // A low picture stands between margins rather than making its name's place too narrow to read.
    const width = Math.floor(Math.min(across, Math.max(WIDTH_MIN, down * WIDE + BORDER)));
    const picture = Math.floor(Math.min(down, (width - BORDER) / narrowest));
    if (width * picture > bestArea && picture > 0) {
      bestArea = width * picture;
      best = { columns, width, picture };
    }
  }
  // In a box too low for all of them the page scrolls rather than showing stamps.
  if (bestArea === 0 || best.width < WIDTH_MIN) {
    const columns = Math.max(1, Math.min(count, Math.floor((box.width + GAP) / (WIDTH_MIN + GAP))));
    return whole(columns, (box.width - GAP * (columns - 1)) / columns);
  }
  return best;
}
