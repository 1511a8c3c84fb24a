import { t } from "../../core/text";
import type { RecordingStatus } from "../../core/wire";
import { Icon } from "../icon/icon";

/**
 * Whether what is said here goes into the record: always in sight, in words and by shape, never by colour alone. Without
 * a connection nobody here knows. In a room apart (consultation, retiring room) nothing is recorded, whatever becomes of
 * the hearing's record meanwhile.
 */
export function RecordingBadge(props: { status: RecordingStatus; connected: boolean; apart: boolean }) {
  const status = props.connected ? (props.apart ? "not_here" : props.status) : "unknown";
  return (
    <p
      class={`record record--${status}`}
      data-testid="recording-status"
      data-status={status}
      role={status === "failing" ? "alert" : undefined}
    >
      {status === "failing" ? <Icon name="warning" /> : <span class="record__dot" aria-hidden="true" />}
      <span>{t(`recording-${status.replaceAll("_", "-")}`)}</span>
    </p>
  );
}
