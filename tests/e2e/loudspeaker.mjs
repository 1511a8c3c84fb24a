// A sound device for browsers that insist on one: PulseAudio with a sink that swallows what is played.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./checks.mjs";

/** Gives the environment by which a browser finds it, and what stops it. */
export async function startLoudspeaker() {
  const folder = mkdtempSync(join(tmpdir(), "oyer-sound-"));
  const socket = join(folder, "sound.socket");
  const child = spawn(
    "pulseaudio",
    ["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes",
      `--load=module-native-protocol-unix socket=${socket} auth-anonymous=1`, "--load=module-null-sink"],
    { stdio: "ignore", env: { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder, XDG_CONFIG_HOME: folder } },
  );
  let ended = null;
  const gone = new Promise((done) => {
    child.on("exit", (code, signal) => done((ended = code ?? signal)));
    child.on("error", (error) => done((ended = String(error))));
  });
  const stop = async () => {
    child.kill("SIGTERM");
    await gone;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until(
      "the sound device is there",
      () => {
        if (ended !== null) throw new Error(`pulseaudio ended: ${ended}`);
        return statSync(socket, { throwIfNoEntry: false })?.isSocket();
      },
      Boolean,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { env: { PULSE_SERVER: `unix:${socket}` }, stop };
}
