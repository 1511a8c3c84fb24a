import { CHOOSES_SPEAKER } from "../media/media";

/** Three notes that rise, so that nobody takes them for an alarm. */
const NOTES_HZ = [440, 554, 659];
const NOTE_S = 0.35;
const LOUDNESS = 0.25;

/** Plays a short sound through the loudspeaker of the page; true when it was played to its end. */
export async function chime(speaker: string, volume: number): Promise<boolean> {
  const context = new AudioContext();
  const element = new Audio();
  try {
    await context.resume();
    const out = context.createMediaStreamDestination();
    element.srcObject = out.stream;
    element.volume = volume;
    // A loudspeaker that was pulled out: the system's own takes over by itself.
    if (CHOOSES_SPEAKER && speaker) await element.setSinkId(speaker).catch(() => undefined);
    await element.play();
    const begin = context.currentTime + 0.05;
    NOTES_HZ.forEach((hz, i) => {
      const from = begin + i * NOTE_S;
      const gain = new GainNode(context, { gain: 0 });
      gain.gain.setValueAtTime(0, from);
      gain.gain.linearRampToValueAtTime(LOUDNESS, from + 0.03);
      gain.gain.linearRampToValueAtTime(0, from + NOTE_S);
      const note = new OscillatorNode(context, { frequency: hz });
      note.connect(gain).connect(out);
      note.start(from);
      note.stop(from + NOTE_S);
    });
    const length = 50 + NOTES_HZ.length * NOTE_S * 1_000;
    await new Promise((done) => setTimeout(done, length));
    return true;
  } catch {
    // The page then says that nothing was heard, which is what happened.
    return false;
  } finally {
    element.pause();
    element.srcObject = null;
    await context.close();
  }
}
