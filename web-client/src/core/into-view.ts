/** Scrolls no further than it takes to see an element; at once where a person wants no motion. */
export function intoView(element: Element): void {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  element.scrollIntoView({ block: "nearest", behavior: still ? "instant" : "smooth" });
}
