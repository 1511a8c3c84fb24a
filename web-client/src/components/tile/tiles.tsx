import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { bestGrid } from "../../core/grid";
import { othersInRoom } from "../../core/hearing";
import type { Live } from "../../core/live";
import { t } from "../../core/text";
import type { ParticipantView, Seat } from "../../core/wire";
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

export function Tiles({ live }: { live: Live }) {
  const { view, self, seats, speaking, peerQuality } = live.hearing;
  const list = useRef<HTMLUListElement>(null);
  const box = useSignal({ width: 0, height: 0 });
  useEffect(() => {
    const element = list.current?.parentElement;
    if (!element) return;
    const look = () => {
      const style = getComputedStyle(element);
      const across = Number.parseFloat(style.paddingLeft) + Number.parseFloat(style.paddingRight);
      const down = Number.parseFloat(style.paddingTop) + Number.parseFloat(style.paddingBottom);
      // A phone's page scrolls: there the box is what a glance holds, not what the tiles would fill.
      const scrolls = matchMedia("(max-width: 899px)").matches;
      box.value = {
        width: element.clientWidth - across,
        height: scrolls ? Math.max(240, innerHeight * 0.6) : element.clientHeight - down,
      };
    };
    const observer = new ResizeObserver(look);
    observer.observe(element);
    look();
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    const look = () => live.shown.setInSight(document.visibilityState === "visible");
    document.addEventListener("visibilitychange", look);
    look();
    return () => document.removeEventListener("visibilitychange", look);
  }, [live]);

  const hearing = view.value;
  const me = self.value;
  const tiles = hearing ? shownTiles(othersInRoom(hearing, me), seats.value) : [];
  const showSelf = me !== null && live.hearing.can("publish");
  const count = tiles.length + (showSelf ? 1 : 0);
  const grid = bestGrid(count, box.value);
  useEffect(() => {
    list.current?.style.setProperty("--columns", String(grid.columns));
    list.current?.style.setProperty("--tile", `${grid.width}px`);
  }, [grid.columns, grid.width]);
  const media = live.subscriber.media.value;
  // Somebody whom nobody hears does not speak, whatever the microphone last said.
  const heard = hearing?.state === "in_session" || me?.room !== "hearing_room";
  const speaks = (p: ParticipantView) => heard && p.microphone && !p.muted && speaking.value.includes(p.id);

  return (
    <ul class="tiles" ref={list} aria-label={t("tiles-label")}>
      {tiles.map(({ key, participant, seat, screen }) => {
        const hasPicture = seat?.video === true;
        const label = t(screen ? "picture-screen" : "picture-of", { name: participant.name });
        return (
          <Tile
            key={key}
            participant={participant}
            screen={screen}
            hasPicture={hasPicture}
            paused={seat?.paused === true}
            speaking={!screen && speaks(participant)}
            quality={peerQuality.value[participant.id]}
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
          hasPicture={live.local.value.camera !== null}
          speaking={speaks(me)}
          picture={
            live.local.value.camera ? (
              <OwnPicture track={live.local.value.camera} label={t("picture-own")} />
            ) : null
          }
        />
      ) : null}
    </ul>
  );
}
