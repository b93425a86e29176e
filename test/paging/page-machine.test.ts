import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ANY, nightOf, QUIET, WAYS } from './model/arbitrary.js'
import { type Deed, KEY, type Phase, type Spent, START, spend } from './model/night.js'
import { UNANSWERED_MS, type Way } from './model/pager.js'

const NIGHTS = { numRuns: Number(process.env['NIGHTS'] ?? 150) }

describe('a page', () => {
  it('ends confirmed, with one open incident, after any run of failures', async () => {
    await fc.assert(
      fc.asyncProperty(nightOf(QUIET, fc.constant(true)), async (night) => {
        const spent = await spend(night)
        holds(spent)
        expect(spent.page.state, told(spent)).toBe('confirmed')
        expect(stillOpen(spent), told(spent)).toEqual([spent.page.pager?.id])
      }),
      NIGHTS,
    )
  })

  it('ends as PagerDuty has it, whatever people do meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(nightOf(ANY, fc.constant(true)), async (night) => {
        const spent = await spend(night)
        holds(spent)
        const known = spent.model.incidents.find((one) => one.id === spent.page.pager?.id)
        const state = known === undefined ? 'resolved' : known.status === 'triggered' ? 'confirmed' : known.status
        expect(spent.page.state, told(spent)).toBe(state)
      }),
      NIGHTS,
    )
  })

  it('carries an acknowledgement from Slack until PagerDuty shows it', async () => {
    await fc.assert(
      fc.asyncProperty(nightOf([...QUIET, 'acknowledge in Slack'], fc.constant(true)), async (night) => {
        fc.pre(night.deeds.some((deed) => deed.do === 'acknowledge in Slack'))
        const spent = await spend(night)
        holds(spent)
        expect(spent.page.state, told(spent)).toBe('acknowledged')
        expect(spent.page.acknowledgedBy).toBe('slack:U1')
        expect(stillOpen(spent), told(spent)).toEqual([spent.page.pager?.id])
      }),
      NIGHTS,
    )
  })

  it('carries a resolution from Slack until nothing of it is open in PagerDuty', async () => {
    const deeds = [...QUIET, 'acknowledge in Slack', 'resolve in Slack', 'acknowledge in PagerDuty'] as const
    await fc.assert(
      fc.asyncProperty(nightOf(deeds, fc.constant(true)), async (night) => {
        fc.pre(night.deeds.some((deed) => deed.do === 'resolve in Slack'))
        // A key that is refused after it was accepted leaves a queued trigger that nobody can close.
        fc.pre(!night.phases.some(refusesEvents) || night.phases.every(refusesEvents))
        const spent = await spend(night)
        holds(spent)
        const asked = spent.facts.findIndex((fact) => fact.kind === 'page_resolve_asked')
        const after = spent.facts.slice(asked).map((fact) => fact.kind)
        expect(after, told(spent)).not.toContain('page_not_delivered')
        expect(after, told(spent)).not.toContain('page_unconfirmed')
        expect(spent.page.state, told(spent)).toBe('resolved')
        expect(stillOpen(spent), told(spent)).toEqual([])
      }),
      NIGHTS,
    )
  })

  it('is not sent again when somebody resolved it before its unanswered call had ended', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1_000, max: 11_000 }), fc.boolean(), async (at, crash) => {
        const phases = [
          { ms: 13_000, events: 'lost after', rest: 'ok', called: 'somebody', queueMs: 50, latencyMs: 30 },
        ] as const
        const deeds: readonly Deed[] = [
          { at, do: 'resolve in PagerDuty' },
          ...(crash ? [{ at: at + 500, do: 'crash' as const }] : []),
        ]
        const spent = await spend({ phases, deeds, reads: true, login: false, seed: 1 })
        holds(spent)
        expect(spent.page.state, told(spent)).toBe('resolved')
        expect(spent.model.incidents, told(spent)).toHaveLength(1)
      }),
      { numRuns: 30 },
    )
  })

  it('is not sent by the other road, nor shouted about, once it was called off', async () => {
    const refusal = fc.constantFrom<Way>('retry', 'refused')
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1_000, max: 21_500 }), refusal, async (at, events) => {
        const rest = events === 'refused' ? 'refused' : 'ok'
        const phases = [{ ms: 60_000, events, rest, called: 'somebody', queueMs: 50, latencyMs: 11_000 }] as const
        const deeds = [{ at, do: 'resolve in Slack' }] as const
        const spent = await spend({ phases, deeds, reads: true, login: false, seed: 1 })
        holds(spent)
        expect(spent.model.incidents, told(spent)).toEqual([])
        const shout = spent.facts.find((fact) => fact.kind === 'page_not_delivered')
        expect(shout?.at ?? 0, told(spent)).toBeLessThanOrEqual(START + at)
      }),
      { numRuns: 60 },
    )
  })

  it('claims nothing that cannot be read without an API token, and pages all the same', async () => {
    const deeds = [...QUIET, 'acknowledge in Slack', 'acknowledge in PagerDuty', 'resolve in Slack'] as const
    await fc.assert(
      fc.asyncProperty(nightOf(deeds, fc.constant(false)), async (night) => {
        const spent = await spend(night)
        holds(spent)
        const calledOff = night.deeds.some((deed) => deed.do === 'resolve in Slack')
        expect(spent.page.state, told(spent)).toBe(calledOff ? 'resolved' : 'accepted')
      }),
      NIGHTS,
    )
  })

  it('tells people within 20 s that nobody has been reached, whichever way both roads fail', async () => {
    const failing = fc.constantFrom(...WAYS.filter((way) => way !== 'ok'))
    const outage = fc.record({
      events: failing,
      rest: failing,
      reads: fc.boolean(),
      latencyMs: fc.constantFrom(30, 11_000),
    })
    await fc.assert(
      fc.asyncProperty(outage, async ({ events, rest, reads, latencyMs }) => {
        const phases = [{ ms: 90_000, events, rest, called: 'somebody', queueMs: 50, latencyMs }] as const
        const spent = await spend({ phases, deeds: [], reads, login: false, seed: 1 })
        holds(spent)
        const shout = spent.facts.find((fact) => fact.kind === 'page_not_delivered')
        expect(shout?.at, told(spent)).toBeLessThanOrEqual(START + 20_000 + GRAIN_MS)
      }),
      NIGHTS,
    )
  })

  it('tells people within 60 s of the acceptance that nobody is assigned', async () => {
    const rest = fc.constantFrom(...WAYS)
    await fc.assert(
      fc.asyncProperty(rest, fc.constantFrom(30, 11_000), async (way, latencyMs) => {
        const phases = [{ ms: 150_000, events: 'ok', rest: way, called: 'nobody', queueMs: 50, latencyMs }] as const
        const spent = await spend({ phases, deeds: [], reads: true, login: false, seed: 1 })
        holds(spent)
        const at = (kind: string) => spent.facts.find((fact) => fact.kind === kind)?.at ?? Number.NaN
        const late = at('page_unconfirmed') - at('page_accepted') - 60_000
        expect(late, told(spent)).toBeLessThanOrEqual(UNANSWERED_MS + GRAIN_MS)
      }),
      { numRuns: WAYS.length * 3 },
    )
  })
})

/** The worker looks at its pages this often, ms. */
const GRAIN_MS = 300

/** What is true of every night. */
function holds(spent: Spent): void {
  expect(spent.wrong, told(spent)).toEqual([])
  expect(spent.busiest, told(spent)).toBeLessThanOrEqual(200)
}

function refusesEvents({ events }: Phase): boolean {
  return events === 'refused' || events === 'forbidden'
}

/** Open incidents of this emergency, without those that people were told to close by hand. */
function stillOpen({ model, facts }: Spent): readonly string[] {
  const told = facts.flatMap((fact) => (fact.kind === 'page_doubled' && !fact.merged ? [fact.double] : []))
  return model.incidents
    .filter((one) => one.status !== 'resolved' && (one.alertKeys.includes(KEY) || one.restKey === KEY))
    .map((one) => one.id)
    .filter((id) => !told.includes(id))
}

function told(spent: Spent): string {
  return `${spent.states.join(' > ')}\n${spent.facts.map((fact) => `${fact.at} ${fact.kind}`).join('\n')}\n${JSON.stringify(spent.page)}\n${JSON.stringify(spent.model.incidents)}`
}
