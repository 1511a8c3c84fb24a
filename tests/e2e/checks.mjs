// A list of checks: each is named, counted, and does not stop the others.

let passed = 0;
let failed = 0;

/** Runs one check; says and counts how it went. True when it passed. */
export async function check(name, act) {
  try {
    await act();
    passed += 1;
    console.log(`ok      ${name}`);
    return true;
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}\n        ${String(error?.stack ?? error).replaceAll("\n", "\n        ")}`);
    return false;
  }
}

/** Something that nothing after it can do without: its failure ends the run. */
export async function need(name, act) {
  if (!(await check(name, act))) throw new Error(`the rest cannot be tried: ${name}`);
}

export function assert(so, message) {
  if (!so) throw new Error(message);
}

/** Looks again until it is so, or fails with what it last was. */
export async function until(what, look, isSo, withinMs = 15_000) {
  const end = Date.now() + withinMs;
  for (;;) {
    const last = await look();
    if (isSo(last)) return last;
    if (Date.now() > end) throw new Error(`${what}: not within ${withinMs} ms; last: ${JSON.stringify(last)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Prints the totals, as the last line; gives the exit status. */
export function conclude() {
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}
