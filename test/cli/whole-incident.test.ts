/** A whole emergency by `mayday` alone while Slack is the outage; what is to be said in Slack is said when it is back. */
import { userInfo } from 'node:os'
import { expect, onTestFinished, test } from 'vitest'
import type { IncidentId } from '../../src/incidents/incident.js'
import { eventually } from '../support/eventually.js'
import { createStage } from '../support/stage.js'
import { terminalBeside, typed } from './rig.js'

const me = userInfo().username

test('from the page to the last follow-up at a terminal, and then all of it in Slack', async () => {
  const stage = await createStage({ started: false })
  onTestFinished(() => stage.close())
  // Slack is not even configured there: nothing of it can be needed.
  const env = terminalBeside(stage)
  const type = async (...argv: string[]) => {
    const said = await typed(argv, env)
    expect(said, said.text).toMatchObject({ exit: 0 })
    return said
  }
  expect((await type('page', 'checkout is broken')).text).toMatch(/PagerDuty is paging Alex Rivera/)
  await type('checklist', 'start', 'on-call')
  await type('incidents', 'ack', '1')
  expect(stage.pagerduty.incidents()).toMatchObject([{ status: 'acknowledged' }])
  await type('incidents', 'role', '1', 'commander')
  await type('incidents', 'severity', '1', '2')
  for (const step of ['say-so', 'contain']) await type('checklist', 'tick', step)
  await type('checklist', 'skip', 'call-help', '--reason', 'awake already')
  await type('incidents', 'note', '1', 'rolled back to v41')
  await type('incidents', 'mitigated', '1')
  await type('incidents', 'impact', '1', 'Nobody could pay')
  await type('incidents', 'followup', '1', 'me', '2031-01-31', 'Alert on failed payments')
  await type('incidents', 'resolve', '1')
  expect(stage.pagerduty.incidents()).toMatchObject([{ status: 'resolved' }])
  const [run] = ((await type('checklist', 'show', '--incident', '1', '--json')).json() as Shown).runs
  for (const { id, state } of run?.steps ?? [])
    if (state.status === 'open') await type('checklist', 'tick', id, '--incident', '1')
  const review = (await type('retro', '1')).text
  expect(review).toMatch(/## Impact\n\n- Nobody could pay /)
  expect(review).toMatch(/\| users no longer felt it \| \d{4}-/)
  expect(review).toMatch(/\| 1 \| Alert on failed payments \| .* \| 2031-01-31 \| \*\*open\*\* \|/)
  await type('incidents', 'followup', '1', 'done', '1')
  expect((await type('retro', '1', '--done')).text).toBe('Emergency #1 is marked as reviewed.')
  expect((await type('incidents', 'show', '1', '--json')).json()).toMatchObject({
    ...{ state: 'reviewed', severity: 2, acknowledgedBy: `terminal:${me}`, impacts: ['Nobody could pay'] },
    ...{ roles: { commander: `terminal:${me}` }, followups: [{ done: true }], pages: [{ state: 'resolved' }] },
  })
  expect(stage.slack.messages(stage.channel)).toEqual([])

  // Slack is back, and the bot with it.
  const bot = await stage.bot()
  const root = await eventually(() => {
    const found = stage.slack.messages(stage.channel).find((one) => one.text.includes('checkout is broken'))
    return found ?? expect.unreachable('the emergency has no thread')
  })
  const said = (pattern: RegExp) =>
    eventually(() => {
      const texts = stage.slack.thread(stage.channel, root.ts).map((one) => one.text)
      expect(
        texts.filter((text) => pattern.test(text)),
        `${pattern} among\n${texts.join('\n')}`,
      ).toHaveLength(1)
    })
  await said(/^Emergency #1, severity 2: resolved by .* \(at a terminal\)/)
  await said(/^Checklist On-call: 12 of 13 done, 1 skipped/)
  await said(new RegExp(`^${me} \\(at a terminal\\) is commander now\\.$`))
  await said(/says that users no longer feel it\. The cause may still be there\.$/)
  await said(/^Impact, says .*: Nobody could pay$/)
  await said(/^☑ Done: follow-up 1, .*: Alert on failed payments$/)
  // Nobody was called again for what is over.
  expect(stage.pagerduty.incidents()).toMatchObject([{ status: 'resolved' }])
  const facts = await bot.ports.store.facts.ofIncident(1 as IncidentId)
  expect(facts.filter((fact) => fact.kind === 'checklist_started')).toHaveLength(1)
  expect(facts.filter((fact) => fact.kind === 'incident_reviewed')).toHaveLength(1)
})

interface Shown {
  readonly runs: readonly {
    readonly steps: readonly { readonly id: string; readonly state: { readonly status: string } }[]
  }[]
}
