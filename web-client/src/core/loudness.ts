/** How loud a stream is, measured before any loudspeaker: a muted element says nothing about what arrived. */

export interface Loudness {
  /** Root mean square of the last moments, 0 to 1. */
  read(): number;
  /** False while the browser lets nothing be measured before something is pressed. */
  awake(): boolean;
  /** To be called when something is pressed. */
  wake(): void;
  stop(): void;
}

/** Listens to a stream without playing it. The stream must also be attached to an element, which may be muted. */
export function listen(stream: MediaStream): Loudness {
  const context = new AudioContext();
  // Without a gesture the context sleeps; a page that captures a microphone may wake it.
  void context.resume().catch(() => undefined);
  const analyser = context.createAnalyser();
  analyser.fftSize = 2048;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  return {
    read() {
      analyser.getFloatTimeDomainData(samples);
      let sum = 0;
      for (const s of samples) sum += s * s;
      return Math.sqrt(sum / samples.length);
    },
    awake: () => context.state === "running",
    wake() {
      void context.resume().catch(() => undefined);
    },
    stop() {
      void context.close().catch(() => undefined);
    },
  };
}
