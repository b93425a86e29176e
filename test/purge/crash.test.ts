/** Killed at any call, on either side of it, Mayday goes on where it was: every key is in the server or in the archive. */
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import type { Redis } from 'ioredis'
import { describe, expect, test } from 'vitest'
import type { Archives } from '../../src/ports/purges.js'
import { eachFrame } from '../../src/purge/frames.js'
import type { Purge } from '../../src/purge/record.js'
import { createPower } from './power.js'
import { confirmed, contents, createRig, planned, type Replica, type Rig, SAM } from './rig.js'

/** Values that no archive makes small, so that a purge of some hundred keys has several batches. */
async function seedLarge(redis: Redis, count: number): Promise<void> {
  const pipeline = redis.pipeline()
  for (let i = 0; i < count; i++) pipeline.set(`session:${i}`, randomBytes(2_000).toString('latin1'))
  await pipeline.exec()
}

/** Names that the archive holds and that undo would put back. */
async function archivedNames(archives: Archives, folder: string): Promise<ReadonlySet<string>> {
  const names = new Set<string>()
  for (const batch of (await archives.index(folder)).batches) {
    const left = new Set(batch.settlement?.left.map((name) => name.toString('latin1')))
    const frames = await archives.load(folder, batch)
    eachFrame(frames, ({ nameStart, nameEnd }) => {
      const name = frames.toString('latin1', nameStart, nameEnd)
      if (!left.has(name)) names.add(name)
    })
  }
  return names
}

/** One more process, which dies at its call number `at`. Resolves when it is dead, or done before. */
async function workUntilCut(rig: Rig, at: number, lost: boolean): Promise<void> {
  const power = createPower(at, lost)
  const doomed = await rig.replica({ wrapTarget: power.target, wrapArchives: power.archives, wrapStore: power.store })
  await Promise.race([doomed.work(), power.out])
  if (!power.isOut()) return
  rig.bury(doomed)
  await power.closeFiles()
}

/** A process that lives. */
async function survivor(rig: Rig): Promise<Replica> {
  const replica = await rig.replica()
  await replica.work()
  return replica
}

const KEYS = 900

describe('killed while it purges', () => {
  test.each([1, 2, 5, 12, 20, 35])('at call %i, before and after it happened', async (at) => {
    for (const lost of [false, true]) {
      const rig = await createRig()
      await seedLarge(rig.redis, KEYS)
      await rig.redis.set('config:a', '1')
      const before = await contents(rig.redis)
      const purge = await confirmed(rig, await planned(rig, 'sessions'))
      await workUntilCut(rig, at, lost)
      const there = await rig.redis.keys('session:*')
      const archived = await archivedNames(rig.archives, purge.job.plan.folder)
      expect(new Set([...there, ...archived]).size, 'in the server or in the archive').toBe(KEYS)
      const second = await survivor(rig)
      const { job } = await second.purging.get(purge.id)
      expect(job).toMatchObject({ state: 'done', verification: { remaining: 0 } })
      expect(job.progress.removed + job.progress.gone).toBe(KEYS)
      expect(await rig.redis.keys('*')).toEqual(['config:a'])
      await second.purging.undo(purge.id, SAM)
      await workUntilCut(rig, at, lost)
      await survivor(rig)
      expect(await contents(rig.redis)).toEqual(before)
    }
  })
})

test('a key that is born under a removed name while Mayday is dead survives the resume', async () => {
  const rig = await createRig()
  await seedLarge(rig.redis, KEYS)
  const purge = await confirmed(rig, await planned(rig, 'sessions'))
  await workUntilCut(rig, 24, false)
  const there = new Set(await rig.redis.keys('session:*'))
  const gone = Array.from({ length: KEYS }, (_, i) => `session:${i}`).filter((name) => !there.has(name))
  expect(gone.length).toBeGreaterThan(0)
  for (const name of gone) await rig.redis.set(name, 'written anew')
  const { purging } = await survivor(rig)
  const { job } = await purging.get(purge.id)
  // The batch that was under way when it died is told from a new key by its value alone.
  expect((await rig.redis.keys('session:*')).sort()).toEqual(gone.toSorted())
  expect(job).toMatchObject({ state: 'done', verification: { remaining: 0, back: gone.length } })
})

describe('when Redis restarts', () => {
  test('in the middle of it: the walk begins anew and ends, and everything comes back', async () => {
    let restart = async (): Promise<void> => {}
    let removed = 0
    const rig = await createRig({
      wrapTarget: (target) => ({
        ...target,
        remove: async (frames, quantumMs) => {
          const removal = await target.remove(frames, quantumMs)
          removed += removal.removed
          if (removed >= 250) {
            removed = Number.NEGATIVE_INFINITY
            await restart()
          }
          return removal
        },
      }),
    })
    await seedLarge(rig.redis, KEYS)
    const before = await contents(rig.redis)
    restart = () => rig.server.restart()
    const purge = await confirmed(rig, await planned(rig, 'sessions'))
    await rig.work()
    const { job } = await rig.purging.get(purge.id)
    expect(job).toMatchObject({ state: 'done', verification: { remaining: 0 } })
    expect(job.progress.removed).toBe(KEYS)
    await rig.purging.undo(purge.id, SAM)
    await rig.work()
    expect(await contents(rig.redis)).toEqual(before)
  })

  test('between plan and confirmation: the plan is stale', async () => {
    const rig = await createRig()
    await seedLarge(rig.redis, 10)
    const purge = await planned(rig, 'sessions')
    await rig.server.restart()
    await expect(confirmed(rig, purge)).rejects.toMatchObject({
      code: 'PLAN_STALE',
      message: expect.stringMatching(/restarted or is another one/),
    })
  })
})

describe('any order of everything', () => {
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('crash' as const),
        at: fc.integer({ min: 1, max: 60 }),
        lost: fc.boolean(),
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('work', 'undo', 'again' as const) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('pause', 'resume', 'cancel', 'restart' as const) }) },
  )

  test('touches no unplanned key, and every planned key is in the server or in the archive', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), (steps) => anyOrder(steps)),
      { numRuns: 12, interruptAfterTimeLimit: 45_000 },
    )
  })
})

type Step =
  | { readonly do: 'crash'; readonly at: number; readonly lost: boolean }
  | { readonly do: 'work' | 'pause' | 'resume' | 'cancel' | 'undo' | 'again' | 'restart' }

const FEW = 600

async function anyOrder(steps: readonly Step[]): Promise<void> {
  const rig = await createRig()
  await seedLarge(rig.redis, FEW)
  const plan = await planned(rig, 'sessions')
  const writer = startWriter(rig.redis)
  const purges = [await confirmed(rig, plan)]
  try {
    for (const one of steps) {
      // A server that restarts forgets what was written after its snapshot, which would be no fault of the purge.
      await (one.do === 'restart' ? writer.whileQuiet(() => carry(rig, purges, one)) : carry(rig, purges, one))
      await writer.whileQuiet(() => everyPlannedKeyIsSomewhere(rig, purges, writer.rewritten()))
    }
    await survivor(rig)
    await writer.whileQuiet(() => everyPlannedKeyIsSomewhere(rig, purges, writer.rewritten()))
  } finally {
    await writer.stop()
  }
  // A later plan knows the keys that were born after the first one, too.
  const isPlanned = (name: string): boolean => purges.length > 1 && name.startsWith('session:late:')
  const written = [...writer.written()]
  for (const [name, value] of written.filter(([one]) => !isPlanned(one)))
    expect(await rig.redis.get(name), name).toBe(value)
  await everyPlannedKeyIsSomewhere(rig, purges, new Map(written.filter(([one]) => isPlanned(one))))
  await rig.end()
}

async function carry(rig: Rig, purges: Purge[], step: Step): Promise<void> {
  if (step.do === 'crash') return workUntilCut(rig, step.at, step.lost)
  if (step.do === 'restart') return rig.server.restart()
  if (step.do === 'work') return void (await survivor(rig))
  // What does not fit the state is refused in words; nothing else may come of it.
  const refused = (error: unknown): void => {
    expect(error).toMatchObject({ code: expect.stringMatching(/^(PURGE|PLAN)_/) })
  }
  if (step.do === 'again') {
    const next = await planned(rig, 'sessions').then((one) => confirmed(rig, one).catch(refused))
    if (next !== undefined) purges.push(next)
    return
  }
  await rig.purging[step.do](purges.at(-1)?.id ?? 0, SAM).catch(refused)
}

/** And where somebody wrote a planned key anew, what they wrote last is in one of the two. */
async function everyPlannedKeyIsSomewhere(
  rig: Rig,
  purges: readonly Purge[],
  rewritten: ReadonlyMap<string, string>,
): Promise<void> {
  const there = new Set(await rig.redis.keys('session:*'))
  const archived = new Map<string, string>()
  for (const { job } of purges) await addArchived(archived, rig.archives, job.plan.folder)
  const names = Array.from({ length: FEW }, (_, i) => `session:${i}`)
  expect(
    names.filter((name) => !archived.has(name) && !there.has(name)),
    'in neither place',
  ).toEqual([])
  for (const [name, value] of rewritten) {
    const isThere = (await rig.redis.get(name)) === value
    expect(isThere || archived.get(name)?.includes(value), `${name} as it was written last`).toBe(true)
  }
}

/** Values as DUMP writes them, all that were archived under a name. */
async function addArchived(all: Map<string, string>, archives: Archives, folder: string): Promise<void> {
  for (const batch of (await archives.index(folder)).batches) {
    const frames = await archives.load(folder, batch)
    const left = new Set(batch.settlement?.left.map((name) => name.toString('latin1')))
    eachFrame(frames, ({ nameStart, nameEnd, end }) => {
      const name = frames.toString('latin1', nameStart, nameEnd)
      if (left.has(name)) return
      all.set(name, `${all.get(name) ?? ''}|${frames.toString('latin1', nameEnd, end)}`)
    })
  }
}

/** A promise and what fulfils it. */
function gate(): readonly [Promise<void>, () => void] {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return [opened, open]
}

/** Somebody else's traffic: keys of other names, keys that look alike, and keys of the target born after the plan. */
function startWriter(redis: Redis) {
  const written = new Map<string, string>()
  const rewritten = new Map<string, string>()
  let isOn = true
  let round = 0
  let turn: Promise<void> = Promise.resolve()
  let rested = (): void => undefined
  const loop = (async () => {
    while (isOn) {
      rested()
      await turn
      round += 1
      for (const name of [`cache:${round % 50}`, `sessions:${round % 50}`, `session:late:${round % 50}`]) {
        const value = `round ${round}`
        await redis.set(name, value)
        written.set(name, value)
      }
      if (round % 10 === 0) {
        // A planned key that lives is written anew; one that is gone is not brought to life.
        const [name, value] = [`session:${(round * 7) % FEW}`, `anew ${round}.`]
        if ((await redis.set(name, value, 'XX')) === 'OK') rewritten.set(name, value)
      }
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  })()
  return {
    written: () => written,
    rewritten: () => rewritten,
    /** Writes nothing while `work` goes on. */
    whileQuiet: async (work: () => Promise<void>) => {
      const [quiet, go] = gate()
      turn = quiet
      await new Promise<void>((resolve) => {
        rested = resolve
      })
      await work().finally(go)
    },
    stop: async () => {
      isOn = false
      await loop
    },
  }
}
