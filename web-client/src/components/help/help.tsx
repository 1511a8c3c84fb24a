import { court, dialled } from "../../core/court";
import { t } from "../../core/text";
import { Icon } from "../icon/icon";

/** Whom to call. Where the court has configured nothing, nothing is said. */
export function Help() {
  const { name, telephone } = court.value ?? { name: null, telephone: null };
  if (!name && !telephone) return null;
  return (
    <p class="help" data-testid="help">
      <Icon name="phone" />
      <span>
        {telephone ? <>{t("help-title")} </> : null}
        {name ? <strong>{name}</strong> : null}
        {telephone ? (
          <>
            {" "}
            <a class="help__call" href={`tel:${dialled(telephone)}`}>
              {telephone}
            </a>
          </>
        ) : null}
      </span>
    </p>
  );
}
