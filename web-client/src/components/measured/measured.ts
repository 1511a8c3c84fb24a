import { useLayoutEffect, useRef } from "preact/hooks";

/** The state of the record and of the hearing; the top of the bench; its line of acts; the own controls. */
export type Measured = "--now" | "--bench-now" | "--acts" | "--controls";

/**
 * Keeps the height of an element that stands still while the page scrolls in a custom property of the page, in CSS pixels:
 * what is scrolled to must come to stand beside it, not below it. An element without a box of its own counts as 0.
 */
export function useMeasured<E extends HTMLElement>(name: Measured) {
  const ref = useRef<E>(null);
  useLayoutEffect(() => {
    const element = ref.current;
    const page = document.documentElement;
    if (!element) return;
    const look = () => page.style.setProperty(name, `${element.getBoundingClientRect().height}px`);
    const observer = new ResizeObserver(look);
    observer.observe(element, { box: "border-box" });
    addEventListener("resize", look);
    look();
    return () => {
      observer.disconnect();
      removeEventListener("resize", look);
      page.style.removeProperty(name);
    };
  }, [name]);
  return ref;
}
