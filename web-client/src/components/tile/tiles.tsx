import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { type Box, bestGrid, SQUARE, WIDE } from "../../core/grid";
import { looksOn, othersInRoom } from "../../core/hearing";
import type { Live } from "../../core/live";
import { t } from "../../core/text";
import type { ParticipantView, Seat } from "../../core/wire";
import { keptFrom } from "../bench/screening";
import { OwnPicture, Picture } from "../media/media";
import { Tile } from "./tile";

interface Shown {
  key: string;
  participant: ParticipantView;
  seat: Seat | null;
  screen: boolean;
}

/** Everybody in the room, and every shared screen, whether or not a picture goes through just now. */
export function shownTiles(others: ParticipantView[], seats: Seat[]): Shown[] {
  const screens = seats.flatMap((seat) => {
    const participant = others.find((p) => p.id === seat.participant);
    return seat.source === "screen" && participant
      ? [{ key: `${participant.id} screen`, participant, seat, screen: true }]
      : [];
  });
  const people = others.map((participant) => ({
    key: participant.id,
    participant,
    seat: seats.find((s) => s.participant === participant.id && s.source !== "screen") ?? null,
    screen: false,
  }));
  return [...screens, ...people];
}

interface StageBox extends Box {
  /** A phone held upright, where square pictures use the place best. */
  tall: boolean;
}

/** The room for tiles. Where the page scrolls it is what is left between what stands above and the controls. */
function stageBox(stage: HTMLElement): StageBox {
  const style = getComputedStyle(stage);
  const across = Number.parseFloat(style.paddingLeft) + Number.parseFloat(style.paddingRight);
  const down = Number.parseFloat(style.paddingTop) + Number.parseFloat(style.paddingBottom);
  const width = stage.clientWidth - across;
  if (!matchMedia("(max-width: 899px)").matches)
    return { width, height: stage.clientHeight - down, tall: false };
  const above = stage.getBoundingClientRect().top + scrollY;
  const below = stage.nextElementSibling?.clientHeight ?? 0;
  const height = Math.max(240, innerHeight - above - below - down);
  return { width, height, tall: innerHeight > innerWidth };
}

export function Tiles({ live }: { live: Live }) {
  const { view, self, seats, speaking, peerQuality } = live.hearing;
  const list = useRef<HTMLUListElement>(null);
  const box = useSignal<StageBox | null>(null);
  const large = useSignal<string | null>(null);
  // Measured before anything is painted: tiles must not jump under somebody's finger.
  useLayoutEffect(() => {
    const stage = list.current?.parentElement;
    if (!stage) return;
    const look = () => {
      const next = stageBox(stage);
      const known = box.peek();
      if (!known || known.width !== next.width || known.height !== next.height) box.value = next;
    };
    const observer = new ResizeObserver(look);
    // What stands above it comes and goes, and moves it without changing its size.
    for (const element of stage.parentElement?.children ?? []) observer.observe(element);
    addEventListener("resize", look);
    look();
    return () => {
      observer.disconnect();
      removeEventListener("resize", look);
    };
  }, []);

  useEffect(() => {
    const look = () => live.shown.setInSight(document.visibilityState === "visible");
    document.addEventListener("visibilitychange", look);
    look();
    return () => document.removeEventListener("visibilitychange", look);
  }, [live]);

  const hearing = view.value;
  const me = self.value;
  const others = hearing ? othersInRoom(hearing, me).filter((p) => !looksOn(p)) : [];
  const tiles = shownTiles(others, seats.value);
  const showSelf = me !== null && live.hearing.can("publish");
  const count = tiles.length + (showSelf ? 1 : 0);
  const grid = box.value ? bestGrid(count, box.value, box.value.tall ? SQUARE : WIDE) : null;
  useLayoutEffect(() => {
    const style = list.current?.style;
    if (!grid || !style) return;
    style.setProperty("--columns", String(grid.columns));
    style.setProperty("--tile", `${grid.width}px`);
    style.setProperty("--picture", `${grid.picture}px`);
  }, [grid?.columns, grid?.width, grid?.picture]);
  const media = live.subscriber.media.value;
  // Somebody whom nobody hears does not speak, whatever the microphone last said; and without a connection of one's own
  // nobody here knows.
  const heard =
    live.connection.state.value === "connected" &&
    (hearing?.state === "in_session" || me?.room !== "hearing_room");
  const speaks = (p: ParticipantView) =>
    heard && p.connected && p.microphone && !p.muted && speaking.value.includes(p.id);

  // Before everybody is confirmed for the first time the page's own sign says so of all.
  const recordStarts = (p: ParticipantView) =>
    hearing?.recording === "recording" && hearing.record_starting.includes(p.id);

  const enlarge = (key: string) => () => {
    large.value = large.value === key ? null : key;
  };
  // While nobody is seen, one's own picture must not look as if it were.
  const reach = live.reach();
  const keptBack =
    hearing && me && me.kept_from.length > 0 ? t("tile-kept-from", { names: keptFrom(me, hearing) }) : null;
  const sent = reach !== "unsent" && reach !== "connecting";
  const notSent = t(reach === "connecting" ? "tile-not-yet-sent" : "tile-unsent");
  const unseen = !sent ? notSent : reach === "quiet" ? t("tile-only-you") : keptBack;

  // A picture stays on the screen when nothing comes any more: it must not look alive then.
  const coming = live.subscriber.state.value === "idle" || live.subscriber.state.value === "connecting";
  const connected = live.connection.state.value === "connected";
  const flows = connected && live.subscriber.state.value === "connected";
  const stale = flows ? null : t(coming ? "tile-coming" : "tile-stale");

  const cut = grid !== null && grid.picture > grid.width / WIDE + 1;

  return (
    <ul
      class={`tiles${grid ? "" : " tiles--unmeasured"}${cut ? " tiles--cut" : ""}`}
      ref={list}
      aria-label={t("tiles-label")}
    >
      {tiles.map(({ key, participant, seat, screen }) => {
        const hasPicture = seat?.video === true;
        const label = t(screen ? "picture-screen" : "picture-of", { name: participant.name });
        return (
          <Tile
            key={key}
            participant={participant}
            screen={screen}
            hasPicture={hasPicture}
            screened={me !== null && participant.kept_from.includes(me.id)}
            paused={seat?.paused === true}
            undecodable={seat?.undecodable === true}
            stale={stale}
            unknown={!connected}
            speaking={!screen && speaks(participant)}
            recordStarting={connected && recordStarts(participant)}
            quality={peerQuality.value[participant.id]}
            large={large.value === key}
            onLarge={enlarge(key)}
            picture={
              hasPicture && seat ? (
                <Picture
                  stream={media[seat.seat]?.video ?? null}
                  label={label}
                  seat={seat.seat}
                  shown={live.shown}
                />
              ) : null
            }
          />
        );
      })}
      {showSelf && me ? (
        <Tile
          key={me.id}
          participant={me}
          self
          hasPicture={live.sources.local.value.camera !== null}
          unseen={live.sources.local.value.camera ? unseen : null}
          kept={reach === "unsent" ? "unknown" : sent ? "back" : "unsent"}
          large={large.value === me.id}
          onLarge={enlarge(me.id)}
          speaking={sent && speaks(me)}
          recordStarting={connected && recordStarts(me)}
          picture={
            live.sources.local.value.camera ? (
              <OwnPicture track={live.sources.local.value.camera} label={t("picture-own")} />
            ) : null
          }
        />
      ) : null}
    </ul>
  );
}
