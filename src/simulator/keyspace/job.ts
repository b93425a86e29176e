/** One Sidekiq job as its client pushes it, plain or wrapped by ActiveJob. */
import type { Random } from './random.js'

export const DELIVERY = 'PushNotifications::DeliveryWorker'

const OTHERS = ['Mailer::DigestWorker', 'Search::IndexWorker', 'Billing::InvoiceWorker'] as const

export interface JobWish {
  readonly className: string
  /** ActiveJob's wrapper around it. */
  readonly wrapped: boolean
  readonly queue: string
  /** Seconds since 1970. */
  readonly createdAt: number
}

/** Every fourth job is a delivery, every eighth of those is wrapped. */
export function drawJob(random: Random, queue: string, createdAt: number): JobWish {
  const delivery = random.below(4) === 0
  const className = delivery ? DELIVERY : (OTHERS[random.below(OTHERS.length)] ?? OTHERS[0])
  return { className, wrapped: random.below(8) === 0, queue, createdAt }
}

export function jobJson(wish: JobWish, random: Random): string {
  // An argument that names the class: whoever looks for text instead of the field takes the wrong jobs.
  const args = [random.below(10_000_000), wish.className === DELIVERY ? 'apns' : `asked by ${DELIVERY}`]
  const rest = {
    retry: true,
    queue: wish.queue,
    jid: random.hex(24),
    created_at: wish.createdAt,
    enqueued_at: wish.createdAt,
  }
  if (!wish.wrapped) return JSON.stringify({ class: wish.className, args, ...rest })
  return JSON.stringify({
    class: 'ActiveJob::QueueAdapters::SidekiqAdapter::JobWrapper',
    wrapped: wish.className,
    args: [{ job_class: wish.className, job_id: random.hex(32), arguments: args }],
    ...rest,
  })
}
