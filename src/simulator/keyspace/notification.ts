/** One Rpush notification as Modis keeps it, by the layout of rpush and modis: every value is MessagePack. */
import { type Packable, pack } from './msgpack.js'
import type { Random } from './random.js'

export type State = 'pending' | 'retrying' | 'delivered' | 'failed' | 'in flight'

/** Out of 100, in the night of 7 July 2021: most were never tried. */
const SHARES: readonly (readonly [State, number])[] = [
  ['pending', 72],
  ['retrying', 5],
  ['delivered', 18],
  ['failed', 4],
  ['in flight', 1],
]

export function drawState(random: Random): State {
  let rest = random.below(100)
  for (const [state, share] of SHARES) {
    if (rest < share) return state
    rest -= share
  }
  return 'pending'
}

const ALERTS = [
  'Your order has shipped',
  'New message from your neighbour',
  'Your table is ready',
  'Reminder: appointment tomorrow',
] as const

/** Field and packed value, in turn: what HSET takes. Only what differs from the default is written, as Modis does. */
export function notificationFields(id: number, state: State, random: Random): string[] {
  const apple = random.below(3) > 0
  const values: Record<string, Packable> = {
    id,
    type: apple ? 'Rpush::Apns2::Notification' : 'Rpush::Fcm::Notification',
    app_id: apple ? 1 : 2,
    ...(apple ? { device_token: random.hex(64) } : { registration_ids: [random.hex(152)] }),
    data: { campaign: 'july-2021', deep_link: `app://orders/${random.below(1_000_000)}` },
    alert: ALERTS[random.below(ALERTS.length)] ?? ALERTS[0],
    badge: 1 + random.below(9),
    expiry: 86_400,
    priority: 10,
  }
  const at = [2021, 7, 7, random.below(24), random.below(60), random.below(60), 0]
  if (state === 'delivered') Object.assign(values, { delivered: true, delivered_at: at })
  if (state === 'failed')
    Object.assign(values, { failed: true, failed_at: at, error_code: 410, error_description: 'Unregistered' })
  if (state === 'retrying')
    Object.assign(values, { delivered: false, failed: false, retries: 1 + random.below(5), deliver_after: at })
  return Object.entries(values).flatMap(([field, value]) => [field, pack(value)])
}
