/**
 * Keeps the screen on while the page is in sight: a phone that falls asleep stops its camera in mid-hearing. Where the
 * browser does not know how, nothing happens. Gives what ends it.
 */
export function stayAwake(): () => void {
  let lock: WakeLockSentinel | null = null;
  let ended = false;
  const hold = async () => {
    if (ended || document.visibilityState !== "visible") return;
    try {
      const held = await navigator.wakeLock?.request("screen");
      if (ended) void held?.release();
      else lock = held ?? null;
    } catch {
      // A battery that is nearly empty: the device decides.
    }
  };
  // The browser lets go of the lock whenever the page is out of sight.
  const seen = () => void hold();
  document.addEventListener("visibilitychange", seen);
  void hold();
  return () => {
    ended = true;
    document.removeEventListener("visibilitychange", seen);
    void lock?.release();
  };
}
