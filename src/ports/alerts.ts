/** Alerts that other machines send: how they are told apart, and what the timeline says of them. */

/** What tells alerts apart. Keys and groups are digests, the same for the same alert whenever it is told. */
export interface AlertKeys {
  /** The machine's name as people know it: "Alertmanager". */
  readonly source: string
  /** One for each alert that is told, in a fixed order; at least one. */
  readonly keys: readonly string[]
  /** What the machine itself sends together: alerts of one group are one emergency while that is open. */
  readonly group: string
}

/** What happened with an alert after the one that opened the emergency. `alert`: its key, see `alertNote`. */
export type AlertFact = { readonly alert: string; readonly source: string } & (
  | { readonly kind: 'alert_joined'; readonly text: string; readonly because: 'window' | 'storm' | 'group' }
  | { readonly kind: 'alert_over'; readonly text: string }
  | { readonly kind: 'alert_again'; readonly text: string }
)

/** Name of the note that holds the number of the emergency which an alert, or a group, belongs to. */
export function alertNote(key: string): string {
  return `alert:${key}`
}
