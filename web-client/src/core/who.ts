import { has, t } from "./text";

/**
 * Who did something, as the server writes it for good into the chain of custody: a name with the role's word in brackets
 * ("Olim Rahmonov (clerk)"). The role is said in the language of the page; anything else stays as it is.
 */
export function whoText(by: string): string {
  const [, name, role] = /^(.+) \(([a-z_]+)\)$/.exec(by) ?? [];
  if (!name || !role) return by;
  const id = role === "staff" ? "who-staff" : `role-${role}`;
  return has(id) ? `${name} (${t(id)})` : by;
}
