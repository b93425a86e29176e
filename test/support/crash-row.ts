/** Many bots, each killed at a step of its own on the same path, started again, and looked at. */
import { type BotProcess, pressUntil, startBots } from './crash.js'
import type { Cut } from './crash-cut.js'
import { eventually } from './eventually.js'
import { createStage, type Stage, type Thread } from './stage.js'

/** A stretch of an emergency's life. `gone` says that the bot is dead by now and that waiting is useless. */
export interface Path {
  /** Everything before it; killing begins after it. */
  readonly before?: (stage: Stage) => Promise<Thread>
  /** Says or presses what the path begins with. */
  begin(stage: Stage): Thread
  /** Goes on to its end. */
  walk(stage: Stage, thread: Thread, gone: () => boolean): Promise<void>
  /** What follows, for a bot whose step comes a little later than it did the first time. */
  readonly beyond?: Path['walk']
}

/** So many bots share a process: a process takes long to start, a bot does not. */
const IN_ONE_PROCESS = 20
const PROCESSES = 2
/** A slow machine must not make the bot raise its voice: how late it is then would be true, and no fault. */
export const PATIENT = `paging: {shout_after: 1h, confirm_within: 1h, remind_after: 2h, escalate_after: 3h, backstop_after: 4h}`
/** A restart takes a while, and what was left unfinished is due by then. */
const DOWN_FOR = '4s'

/** Names of the steps that the store takes on the path when nobody is killed. */
export async function stepsOf(path: Path): Promise<readonly string[]> {
  const stage = await createStage({ started: false, yaml: PATIENT })
  const bots = await startBots([{ stage }])
  try {
    const thread = await path.before?.(stage)
    await bots.count()
    await path.walk(stage, thread ?? path.begin(stage), () => false)
    await eventually(() => {
      if (bots.steps(0).at(-1) !== 'leases.release') throw new Error('something is still on its way to Slack')
    })
    return bots.steps(0)
  } finally {
    await bots.stop()
    await stage.close()
  }
}

export interface Survivor {
  readonly stage: Stage
  readonly thread: Thread
}

/** Kills a bot at each cut, starts it again and hands what became of it to `check`. Answers at which steps they died. */
export async function killAtEach(
  cuts: readonly Cut[],
  path: Path,
  check: (survivor: Survivor) => Promise<void>,
): Promise<readonly string[]> {
  const died: string[] = []
  const rows = Array.from({ length: Math.ceil(cuts.length / IN_ONE_PROCESS) }, (_, row) =>
    cuts.slice(row * IN_ONE_PROCESS, (row + 1) * IN_ONE_PROCESS),
  )
  const work = rows.values()
  await Promise.all(
    Array.from({ length: PROCESSES }, async () => {
      for (const row of work) died.push(...(await killRow(row, path, check)))
    }),
  )
  return died
}

async function killRow(
  cuts: readonly Cut[],
  path: Path,
  check: (survivor: Survivor) => Promise<void>,
): Promise<readonly string[]> {
  const stages = await Promise.all(cuts.map(() => createStage({ started: false, yaml: PATIENT })))
  let bots: BotProcess | undefined
  try {
    bots = await startBots(stages.map((stage, index) => ({ stage, cut: cuts[index] })))
    const threads = await dieOn(path, stages, bots)
    const names = cuts.map(
      ({ at, side }, index) => `${side} step ${at}: ${bots?.out(index) ?? 'none, it was too quick'}`,
    )
    const died = cuts.flatMap((_, index) => bots?.out(index) ?? [])
    for (const stage of stages) stage.clock.forward(DOWN_FOR)
    bots = await startBots(stages.map((stage) => ({ stage })))
    await Promise.all(
      stages.map(async (stage, index) => {
        const thread = threads[index]
        if (thread === undefined) return
        await check({ stage, thread }).catch((cause: unknown) => {
          throw new Error(`after a kill ${names[index]}: ${cause instanceof Error ? cause.message : ''}`, { cause })
        })
      }),
    )
    return died
  } finally {
    await bots?.kill()
    await Promise.all(stages.map((stage) => stage.close()))
  }
}

/** Everybody walks; the process dies when the last bot has lost its power, or is killed when the others have arrived. */
async function dieOn(path: Path, stages: readonly Stage[], bots: BotProcess): Promise<readonly Thread[]> {
  const led = await Promise.all(stages.map((stage) => path.before?.(stage)))
  await bots.count()
  const threads = stages.map((stage, index) => led[index] ?? path.begin(stage))
  await Promise.all(
    threads.map(async (thread, index) => {
      const stage = stages[index]
      const gone = () => bots.out(index) !== undefined
      if (stage === undefined) return
      await path.walk(stage, thread, gone)
      await path.beyond?.(stage, thread, gone)
    }),
  )
  await bots.kill()
  return threads
}

/** The on-call's two presses, until PagerDuty and the thread agree that it is over. */
export const fromPressToEnd: Path = {
  async before(stage) {
    const thread = say(stage)
    await untilPaged(stage, thread, () => false)
    return thread
  },
  begin: () => {
    throw new TypeError('this path begins where another one ends')
  },
  async walk(stage, thread, gone) {
    await pressUntil(stage, thread, 'incident.ack', /is on it|resolved by/, gone)
    await see(thread, /acknowledged the page/, gone)
    await pressUntil(stage, thread, 'incident.resolve', /resolved by/, gone)
    await see(thread, /^The page was resolved/, gone)
  },
}

/** A person's message, until the thread says whom PagerDuty is paging and shows the checklist. */
export const fromMessageToPage: Path = { begin: say, walk: untilPaged, beyond: fromPressToEnd.walk }

function say(stage: Stage): Thread {
  return stage.say('push notifications are going out twice')
}

async function untilPaged(_stage: Stage, thread: Thread, gone: () => boolean): Promise<void> {
  await see(thread, /is paging Alex/, gone)
  await see(thread, /^Checklist On-call/, gone)
}

async function see(thread: Thread, pattern: RegExp, gone: () => boolean): Promise<void> {
  await eventually(() => {
    if (gone() || thread.replies().some((message) => pattern.test(message.text))) return
    throw new Error(
      `no reply like ${pattern} among:\n${thread
        .replies()
        .map((one) => `- ${one.text}`)
        .join('\n')}`,
    )
  }, 25_000)
}
