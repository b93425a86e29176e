import type { Page, PageState } from '../../../src/incidents/incident.js'
import { nextStep } from '../../../src/paging/page/next.js'
import type { PagePolicy } from '../../../src/paging/page/policy.js'
import type { Heard } from './pager.js'

export const POLICY: PagePolicy = {
  confirmWithinMs: 60_000,
  shoutAfterMs: 20_000,
  remindAfterMs: 120_000,
  escalateAfterMs: 300_000,
  backstopAfterMs: 600_000,
}
/** No state claims more than PagerDuty has answered. */
export function faultsOf(before: Page, after: Page, heard: Heard): readonly string[] {
  const untaken = after.state === 'requested' || after.state === 'rejected' || after.state === 'not_delivered'
  if (untaken && after.pager !== undefined) return [`${after.state}, though PagerDuty has shown an incident for it`]
  if (before.state === after.state) return []
  const said = heard.incidents.filter((one) => one.id === after.pager?.id)
  const step = `${before.state} -> ${after.state}`
  const faults: string[] = []
  if (!LEGAL[before.state].includes(after.state)) faults.push(`${step} is no way a page can go`)
  if (after.state === 'confirmed' && !said.some((one) => one.assignees.length > 0))
    faults.push(`${step}, but nobody was seen to be assigned`)
  if (after.state === 'confirmed' && (after.pager?.assignees ?? []).length === 0)
    faults.push(`${step}, and names nobody`)
  if (after.state === 'acknowledged' && !said.some((one) => one.status === 'acknowledged'))
    faults.push(`${step}, but PagerDuty did not say so`)
  if (
    after.state === 'resolved' &&
    !said.some((one) => one.status === 'resolved') &&
    !heard.resolveAccepted &&
    !heard.nothingOpen
  ) {
    faults.push(`${step}, but PagerDuty did not say so`)
  }
  return faults
}

const LEGAL: Readonly<Record<PageState, readonly PageState[]>> = {
  requested: ['accepted', 'confirmed', 'acknowledged', 'resolved', 'rejected', 'not_delivered'],
  rejected: ['accepted', 'confirmed', 'acknowledged', 'resolved', 'not_delivered'],
  not_delivered: ['accepted', 'confirmed', 'acknowledged', 'resolved'],
  accepted: ['confirmed', 'acknowledged', 'resolved', 'unconfirmed'],
  unconfirmed: ['confirmed', 'acknowledged', 'resolved'],
  confirmed: ['acknowledged', 'resolved'],
  acknowledged: ['confirmed', 'accepted', 'resolved'],
  resolved: [],
  shadowed: [],
}

/** A followed page never waits for ever, and never for a moment that has passed. */
export function faultsOfWait(
  page: Page,
  now: number,
  nextAt: number | null,
  means: { readonly reads: boolean; readonly random: number },
): readonly string[] {
  const step = nextStep(page, now, POLICY, means)
  if (step.do !== 'wait')
    return nextAt === now ? [] : [`there is work (${step.do}) now, but the store is told ${nextAt}`]
  if (nextAt !== step.until) return [`waits until ${step.until}, but the store is told ${nextAt}`]
  if (step.until !== null) return step.until > now ? [] : [`waits in ${page.state} for a moment that has passed`]
  const { watch } = page
  const spent = watch.backstopAt !== undefined && watch.escalatedAt !== undefined && watch.remindedAt !== undefined
  const taken = page.state === 'acknowledged' || page.wantsAcknowledge !== undefined || page.wantsResolve !== undefined
  const over = page.state === 'resolved' || page.state === 'shadowed'
  return over || (!means.reads && (spent || taken)) ? [] : [`waits for ever in ${page.state}`]
}
