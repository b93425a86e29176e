/** Alerts that other machines send: how they are told apart, and what the timeline says of them. */

/** What happened with an alert after the one that opened the emergency. `alert`: its key, see `alertNote`. */
export type AlertFact = { readonly alert: string; readonly source: string } & (
  | { readonly kind: 'alert_joined'; readonly text: string; readonly because: 'window' | 'storm' | 'group' }
  | { readonly kind: 'alert_over'; readonly text: string }
)
