/** What an archived notification tells about whom it reached. */

/**
 * By Rpush's own rules. `in flight`: claimed by the daemon and not saved yet; whether it reached anybody is not known.
 * `zombie`: saved again by a daemon after it was removed.
 */
export type NotificationState = 'delivered' | 'failed' | 'retrying' | 'pending' | 'in flight' | 'zombie'

/** One notification, as far as its impact goes. */
export interface ArchivedNotification {
  /** Rpush's number for it; undefined: none can be read. */
  readonly id: number | undefined
  readonly state: NotificationState
  /** Rpush's number of the app; undefined: the notification has none. */
  readonly app: string | undefined
  /** Class of the notification, e.g. `Rpush::Apns2::Notification`; undefined: it has none. */
  readonly type: string | undefined
  /** When the push service took it, ms. Only delivered ones have it. */
  readonly deliveredAt: number | undefined
  /** Tokens of the devices it is for. Never shown, logged or put into a message. */
  readonly devices: readonly string[]
}

/** Takes an archived entry (its name and payload) apart. Undefined: it cannot be read. Does not throw. */
export type ReadNotification = (name: Buffer, payload: Buffer) => ArchivedNotification | undefined
