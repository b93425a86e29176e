/** The review, at the wire: into the thread, marked as reviewed, and at a terminal. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { terminalBeside, typed } from '../cli/rig.js'
import { eventually } from '../support/eventually.js'
import { command, timeline, whisper } from '../support/heard.js'
import { createStage, type Stage, type StageOptions, type Thread } from '../support/stage.js'

let stage: Stage

afterEach(() => stage.close())

const type = (text: string, user = stage.people.kim): Promise<string> => command(stage, user, text)

async function open(options: StageOptions = {}, text = 'push is *down*, <@U0NOBODY> & all'): Promise<Thread> {
  stage = await createStage(options)
  const thread = stage.say(text)
  await thread.expect(/is paging Alex/)
  await thread.expect(/^Checklist On-call/)
  return thread
}

async function closed(options: StageOptions = {}): Promise<Thread> {
  const thread = await open(options)
  await thread.press('incident.resolve')
  await thread.expect(/#1: resolved by/)
  return thread
}

/** The files that went into the thread: what was sent, and the message that carries it. */
async function reviews(thread: Thread, count = 1) {
  return eventually(() => {
    const bodies = stage.slack.uploads().flatMap((one) => (one.done ? (one.content ?? '') : []))
    const messages = stage.slack.thread(stage.channel, thread.ts).filter((one) => one.files !== undefined)
    expect(bodies).toHaveLength(count)
    expect(messages).toHaveLength(count)
    return { bodies, messages }
  })
}

describe('the review in Slack', () => {
  test('by the button of the closed card: a Markdown file in the thread, and the question whether it is reviewed', async () => {
    const thread = await closed()
    await thread.press('incident.retro', stage.people.kim)
    const { bodies, messages } = await reviews(thread)
    expect(messages[0]?.text).toMatch(/The review of emergency #1, as far as it is recorded/)
    expect(JSON.stringify(messages[0])).toContain('review-emergency-1.md')
    const [markdown = ''] = bodies
    expect(markdown).toMatch(/^# Post-incident review: emergency #1\n/)
    expect(markdown).toContain('> push is \\*down\\*, @U0NOBODY & all')
    expect(markdown).toMatch(/Posted by sam at \[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\]\(https:\/\/[^)]+\/p\d+\)/)
    expect(markdown).toContain('- State: resolved by alex')
    expect(markdown).toMatch(/\| PagerDuty was seen to call somebody \| \d{4}-.* \| \d+ s \|/)
    expect(markdown).toContain('| somebody took it | not recorded | not recorded |')
    expect(markdown).toContain('| users no longer felt it | not recorded | not recorded |')
    const written = expect.objectContaining({ kind: 'review_written', actor: `slack:${stage.people.kim}` })
    await eventually(async () => expect(await timeline(stage)).toContainEqual(written))
    await thread.press('incident.reviewed', stage.people.kim)
    await whisper(stage, stage.people.kim, /(is marked as reviewed|is not reviewed)/)
  })

  test('`/mayday retro`: while it is open, by number, and what cannot be', async () => {
    stage = await createStage()
    expect(await type('/mayday retro')).toBe('There is no emergency yet; nothing was done.')
    expect(await type('/mayday retro all of them')).toMatch(/Nothing was done\. Usage/)
    const thread = stage.say('push is down')
    await thread.expect(/is paging Alex/)
    expect(await type('/mayday retro 7')).toMatch(/There is no emergency #7/)
    expect(await type('/mayday retro')).toBe('The review of emergency #1 is in its thread.')
    expect((await reviews(thread)).bodies[0]).toMatch(/- State: open, nobody is known to be on it/)
    expect(await type('/mayday retro done')).toMatch(/#1 is still open, so it cannot be reviewed; nothing was changed/)
    expect(thread.history().join('\n')).not.toContain('press Mark as reviewed, or type')
  })

  test('`/mayday retro done`: refused with the names of the steps that it waits for, then taken, once', async () => {
    const thread = await closed()
    const kinds = async () => (await timeline(stage)).map((fact) => fact.kind)
    expect(await type('/mayday retro done')).toBe(
      'Emergency #1 is not reviewed: a step that the review waits for is open: "Tell the users who were hit" (Support, or you at night). Do them, or skip them and say why; then mark it again.',
    )
    expect(await kinds()).not.toContain('incident_reviewed')
    const asked = await thread.expect(/"Tell the users who were hit" blocks the review/)
    const { channel, people } = stage
    const tick = { channel, ts: asked.ts, actionId: 'checklist.done', value: '1-on-call:tell-users' }
    await stage.slack.press({ user: people.kim, ...tick })
    await eventually(async () => expect(await kinds()).toContain('step_done'))
    expect(await type('/mayday retro done 1')).toBe('Emergency #1 is marked as reviewed.')
    expect(await timeline(stage)).toContainEqual(
      expect.objectContaining({ kind: 'incident_reviewed', actor: `slack:${stage.people.kim}` }),
    )
    expect(await type('/mayday retro done')).toBe('Emergency #1 is reviewed already; nothing was changed.')
    expect((await kinds()).filter((kind) => kind === 'incident_reviewed')).toHaveLength(1)
  })

  test('a guest gets none, and it is recorded', async () => {
    const thread = await closed()
    expect(await type('/mayday retro', stage.people.guest)).toMatch(/you are a guest in this workspace/)
    await thread.press('incident.retro', stage.people.guest)
    await whisper(stage, stage.people.guest, /you are a guest/)
    expect(stage.slack.uploads()).toEqual([])
    expect((await timeline(stage)).filter((fact) => fact.kind === 'refused')).toHaveLength(2)
  })

  test.each([
    { fault: { method: 'files.getUploadURLExternal', error: 'missing_scope' }, said: /files:write|missing_scope/ },
    { fault: { method: 'files.completeUploadExternal', error: 'not_in_channel' }, said: /not_in_channel/ },
  ])(
    'when Slack does not take it ($fault.method): said, with the way round, and not recorded as written',
    async (row) => {
      await closed()
      stage.slack.fault({ ...row.fault, times: 1 })
      const said = await type('/mayday retro')
      expect(said).toMatch(/The review could not be put into the thread/)
      expect(said).toMatch(row.said)
      expect(said).toContain('`npx mayday retro 1`')
      expect((await timeline(stage)).map((fact) => fact.kind)).not.toContain('review_written')
    },
  )
})

describe('the review at a terminal, with Slack down', () => {
  test('the same document, on the screen, as JSON and into a new file', async () => {
    const thread = await closed()
    await type('/mayday note it was <https://example.com/a|the deploy>')
    await stage.bots[0]?.stop()
    writeFileSync(join(stage.config.dataDir, 'mayday.yml'), contacts(stage.people))
    const env = terminalEnv()
    const said = await typed(['retro', '1'], env)
    expect(said).toMatchObject({ exit: 0, err: [] })
    expect(said.text).toMatch(/^# Post-incident review: emergency #1\n/)
    expect(said.text).toMatch(/Posted by Sam I Am at/)
    expect((await typed(['retro', '1', '--json'], env)).json()).toMatchObject({ incident: 1 })
    const file = join(stage.config.dataDir, 'review.md')
    expect((await typed(['retro', '#1', '--out', file], env)).text).toBe(`The review of emergency #1 is in ${file}.`)
    expect(readFileSync(file, 'utf8')).toMatch(/^# Post-incident review: emergency #1\n[\s\S]*\n$/)
    expect(await typed(['retro', '1', '--out', file], env)).toMatchObject({
      exit: 2,
      err: [expect.stringMatching(/exists already/), expect.anything()],
    })
    expect(await typed(['retro'], env)).toMatchObject({ exit: 2 })
    expect(await typed(['retro', '9'], env)).toMatchObject({ exit: 1 })
    expect(thread.ts).toBeDefined()
  })
})

const contacts = ({ sam }: Stage['people']): string => `paging:\n  contacts: [{name: Sam I Am, slack: ${sam}}]\n`

function terminalEnv() {
  return { ...terminalBeside(stage), MAYDAY_CONFIG: join(stage.config.dataDir, 'mayday.yml') }
}
