/** Drawn here, so that nothing is fetched from anywhere. Each stands beside words and is hidden from screen readers. */
const PATHS = {
  mic: "M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3ZM6 11v1a6 6 0 0 0 12 0v-1M12 18v3M8.5 21h7",
  "mic-off":
    "M9 9v3a3 3 0 0 0 5 2.2M15 11V6a3 3 0 0 0-5.9-.8M6 11v1a6 6 0 0 0 9.5 4.9M18 12v-1M12 18v3M8.5 21h7M4 4l16 16",
  camera: "M3 7h12v10H3zM15 11l6-3v8l-6-3",
  "camera-off": "M8 7h7v6M15 11l6-3v8l-4-2M13 17H3V7h1M4 4l16 16",
  screen: "M3 5h18v11H3zM9 20h6M12 16v4M12 13V8M9.5 10 12 7.8 14.5 10",
  hand: "M8 13V6.5a1.5 1.5 0 0 1 3 0V11M11 11V4.5a1.5 1.5 0 0 1 3 0V11M14 11V6.5a1.5 1.5 0 0 1 3 0V15c0 3.5-2 6-5.5 6-3 0-4.5-1.5-6-4l-2-3.5a1.5 1.5 0 0 1 2.5-1.5L8 14",
  leave: "M14 4H5v16h9M10 12h11M17 8l4 4-4 4",
  pause: "M8 5v14M16 5v14",
  play: "M7 4.5v15l12-7.5Z",
  warning: "M12 3 2 20.5h20ZM12 10v5M12 17.5v.5",
  check: "M4 12.5 9.5 18 20 6.5",
  cross: "M5 5l14 14M19 5 5 19",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM12 7v5l3.5 2",
  lock: "M6 11h12v10H6zM8.5 11V7.5a3.5 3.5 0 0 1 7 0V11",
  seal: "M12 2.5 14.5 5l3.5-.5.5 3.5L21 10.5 19.5 13.5 20 17l-3.5.5L14 20l-2-1-2 1-2.5-2.5L4 17l.5-3.5L3 10.5 5.5 8 6 4.5 9.5 5ZM8.5 11.5l2.5 2.5 4.5-5",
  signal: "M4 19v-4M9.3 19v-7M14.6 19V8.5M20 19V5",
  speaking: "M4 10v4h3l5 4V6L7 10ZM15.5 9a4 4 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11",
  person: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM4 21c0-4 3.5-6.5 8-6.5s8 2.5 8 6.5",
  bell: "M6 16V11a6 6 0 0 1 12 0v5l2 2H4ZM10 20.5h4",
  settings:
    "M4 7h9M17 7h3M4 17h3M11 17h9M13 7a2 2 0 1 0 4 0 2 2 0 0 0-4 0ZM7 17a2 2 0 1 0 4 0 2 2 0 0 0-4 0Z",
  enlarge: "M4 9V4h5M20 15v5h-5M15 4h5v5M9 20H4v-5",
  phone:
    "M6 3.5h3l1.5 4.5-2 1.5a11 11 0 0 0 6 6l1.5-2 4.5 1.5v3a2 2 0 0 1-2 2A15.5 15.5 0 0 1 4 5.5a2 2 0 0 1 2-2Z",
  download: "M12 3v12M7 10.5l5 5 5-5M4 20h16",
  menu: "M4 6h16M4 12h16M4 18h16",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
