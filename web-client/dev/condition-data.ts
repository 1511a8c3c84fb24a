import type { Alarms, CopyHindered, RecordingCondition } from "../src/core/wire";
import { CASE, HEARING, RECORDING } from "./data";

/** How recordings stand, as fixed data: `?stands=damaged`. */

const AT = Date.UTC(2026, 10, 24, 7, 0);
const away: CopyHindered = { since: AT, why: "another_store" };

const well: RecordingCondition = {
  recording: RECORDING,
  hearing: HEARING,
  title: "Examination of the witness Karimova",
  case_id: CASE,
  case_reference: "1-1002-2602/118",
  started_at: AT - 7_200_000,
  stage: "sealed",
  hindered: null,
  damage: null,
  copy: { stage: "kept", verified_at: AT, hindered: null },
  unencrypted: null,
  needs_somebody: false,
};

/** One that is not in the case file. */
const unsealed = "00000000-0000-7000-8000-000000000896";

const STANDS: Record<string, Partial<RecordingCondition>> = {
  well: {},
  alone: { copy: { stage: "none", verified_at: null, hindered: null } },
  damaged: { damage: { found_at: AT, well_at: null }, needs_somebody: true },
  mended: { damage: { found_at: AT, well_at: AT + 3_600_000 } },
  waiting: { copy: { stage: "waiting", verified_at: null, hindered: null } },
  away: { copy: { stage: "waiting", verified_at: null, hindered: away }, needs_somebody: true },
  kept: { copy: { stage: "kept", verified_at: AT, hindered: away } },
  clear: {
    copy: { stage: "none", verified_at: null, hindered: null },
    unencrypted: { since: AT, why: "key" },
    needs_somebody: true,
  },
  differs: { copy: { stage: "differs", verified_at: AT, hindered: null }, needs_somebody: true },
};

const hindered = (by_itself: boolean): RecordingCondition => ({
  ...well,
  recording: unsealed,
  stage: "waiting",
  hindered: { since: AT, why: by_itself ? "disk_full" : "files_missing", by_itself },
  copy: null,
  needs_somebody: true,
});

const of = (stands: string): RecordingCondition => ({ ...well, ...STANDS[stands] });

/** The recordings of the case: the one that is sealed, and one that is not where that is asked for. */
function conditions(stands: string): RecordingCondition[] {
  if (stands === "unsealed" || stands === "missing") return [hindered(stands === "unsealed"), of("well")];
  if (stands === "sealing")
    return [{ ...hindered(true), stage: "sealing", hindered: null, needs_somebody: false }, of("well")];
  return [of(stands)];
}

function alarms(stands: string): Alarms {
  const recordings = conditions(stands).filter((one) => one.needs_somebody);
  const second_store = stands === "away" || stands === "kept" ? away : null;
  if (stands !== "many") return { recordings, count: recordings.length, second_store };
  const many = ["damaged", "differs", "away", "damaged", "differs", "damaged"].map((one, i) => ({
    ...of(one),
    recording: `00000000-0000-7000-8000-0000000006${i + 10}`,
  }));
  return { recordings: [hindered(true), ...many], count: 23, second_store: away };
}

/** The answer of the server; undefined for every other path. */
export function conditionAnswer(path: string, stands: string): unknown {
  if (path === "/alarms") return alarms(stands);
  if (path === `/cases/${CASE}/conditions`) return conditions(stands);
  if (path === `/recordings/${RECORDING}/condition`) return of(stands);
  if (/^\/recordings\/[0-9a-f-]{36}\/condition$/.test(path))
    return { ...well, recording: path.split("/")[2] };
  return undefined;
}
