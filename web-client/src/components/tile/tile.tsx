import type { ComponentChildren } from "preact";
import { t } from "../../core/text";
import type { ParticipantView, Quality } from "../../core/wire";
import { Icon } from "../icon/icon";

export interface TileProps {
  participant: ParticipantView;
  /** The picture, when one goes through. */
  picture: ComponentChildren;
  hasPicture: boolean;
  /** The picture is kept back because one's own connection does not carry it. */
  paused?: boolean;
  /** Said over the picture while nothing of it comes: it may be one of some time ago. */
  stale?: string | null;
  screen?: boolean;
  self?: boolean;
  speaking: boolean;
  quality?: Quality | undefined;
  /** The court keeps this picture from whoever looks at the page. */
  screened?: boolean;
  /** There is a picture, in a codec that this browser does not know. */
  undecodable?: boolean;
  /** Said over the own picture while not everybody gets it, or nobody knows whether they do. */
  unseen?: string | null;
  /** Of what is said over the own picture: the court or the state of the hearing keeps it back; not sent; or not known. */
  kept?: "back" | "unsent" | "unknown";
  /** Without a connection of one's own nobody here knows what others have switched off, or whether they are there. */
  unknown?: boolean;
  /** The hearing is on the record, and what this person sends is not confirmed yet. */
  recordStarting?: boolean;
  /** Shown whole, across all columns. */
  large?: boolean;
  onLarge?: () => void;
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  return ((words[0]?.[0] ?? "") + (words.length > 1 ? (words.at(-1)?.[0] ?? "") : "")).toUpperCase();
}

/** One person: picture, name, role, and what is to be known of them now. Alike for everyone. */
export function Tile(props: TileProps) {
  const { participant: p, self, screen } = props;
  const silent = !props.unknown && (p.muted || !p.microphone);
  const away = !props.unknown && !p.connected;
  const hidden = props.unseen && props.kept !== "unknown";
  return (
    <li
      class={`tile${props.speaking ? " tile--speaking" : ""}${screen ? " tile--screen" : ""}${props.large ? " tile--large" : ""}${hidden ? " tile--unseen" : ""}${props.stale ? " tile--stale" : ""}`}
      data-testid={self ? "self-tile" : "tile"}
      data-participant={p.id}
      data-role={p.role}
      data-source={screen ? "screen" : "camera"}
      data-speaking={props.speaking}
    >
      <div class="tile__stage">
        {props.picture}
        {props.hasPicture ? null : (
          <div class="tile__blank">
            <span class="tile__initials" aria-hidden="true">
              {initials(p.name)}
            </span>
            <span class="tile__why">
              {away
                ? t("tile-reconnecting")
                : props.screened
                  ? t("tile-screened")
                  : props.undecodable
                    ? t("tile-undecodable")
                    : t("tile-no-picture")}
            </span>
          </div>
        )}
        {props.hasPicture && props.stale ? (
          <span class="tile__over" data-testid="picture-stale">
            {props.stale}
          </span>
        ) : null}
        {props.hasPicture && !props.stale && !away && props.paused ? (
          <span class="tile__over" data-testid="picture-paused">
            {t("tile-paused")}
          </span>
        ) : null}
        {props.hasPicture && !props.stale && away ? (
          <span class="tile__over">{t("tile-reconnecting")}</span>
        ) : null}
        {props.unseen ? (
          <span class="tile__over" data-testid="unseen">
            {props.kept === "back" ? <Icon name="lock" /> : null} {props.unseen}
          </span>
        ) : null}
        {props.hasPicture && props.onLarge ? (
          <button
            type="button"
            class="tile__enlarge"
            aria-pressed={props.large === true}
            aria-label={t("tile-enlarge", { name: p.name })}
            onClick={props.onLarge}
          />
        ) : null}
      </div>
      <div class="tile__caption">
        <p class="tile__name">
          {screen ? t("tile-screen-of", { name: p.name }) : p.name}
          {self ? <span class="tile__you">{t("tile-you")}</span> : null}
        </p>
        <p class="tile__role">{t(`role-${p.role}`)}</p>
        {screen ? null : (
          <ul class="tile__signs">
            {props.speaking ? (
              <li class="tile__sign tile__sign--speaking">
                <Icon name="speaking" />
                <span>{t("tile-speaking")}</span>
              </li>
            ) : null}
            {p.hand_raised && !props.unknown ? (
              <li class="tile__sign tile__sign--hand">
                <Icon name="hand" />
                <span class="govuk-visually-hidden">{t("tile-hand")}</span>
              </li>
            ) : null}
            {silent ? (
              <li class="tile__sign">
                <Icon name="mic-off" />
                <span class="govuk-visually-hidden">
                  {p.muted ? t("tile-muted-by-court") : t("tile-mic-off")}
                </span>
              </li>
            ) : null}
            {props.recordStarting ? (
              <li class="tile__sign tile__sign--starting" data-testid="record-starting">
                <span class="tile__dot" aria-hidden="true" />
                <span>{t("tile-record-starting")}</span>
              </li>
            ) : null}
            {props.quality && props.quality !== "good" && !props.unknown ? (
              <li class="tile__sign tile__sign--weak">
                <Icon name="signal" />
                <span class="govuk-visually-hidden">{t(`quality-${props.quality}`)}</span>
              </li>
            ) : null}
          </ul>
        )}
      </div>
    </li>
  );
}
