/** About how many jobs are of a class, from a bounded random sample of every place. */
import type { Estimate, Neighbour, Survey } from '../../../ports/keys.js'
import { expectValue, isRefusal } from '../failure.js'
import type { Session, Words } from '../session.js'
import { type Job, readJob, type Wanted } from './job.js'
import { isQueue, placesOfJobs } from './places.js'

/** Jobs drawn from each place. */
const DRAWS = 100

interface Drawn {
  readonly place: string
  readonly size: number
  readonly jobs: readonly string[]
}

export async function estimateJobs(session: Session, wanted: Wanted): Promise<Estimate> {
  let about = 0
  let variance = 0
  for (const { size, jobs } of await drawJobs(session)) {
    if (jobs.length === 0) continue
    const share = jobs.filter((job) => readJob(job, wanted) !== undefined).length / jobs.length
    about += share * size
    const spread = share === 0 || share === 1 ? 3 / jobs.length / 1.96 : Math.sqrt((share * (1 - share)) / jobs.length)
    // A place of which nearly every job was seen leaves little to guess.
    if (jobs.length < size) variance += (spread * size) ** 2
  }
  return { about: Math.round(about), margin: Math.ceil(1.96 * Math.sqrt(variance)) }
}

export async function surveyJobs(session: Session, wanted: Wanted): Promise<Survey> {
  const began = performance.now()
  const before = await drawJobs(session)
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, 400 - (performance.now() - began))))
  const sizes = await session.batch(before.map(({ place }) => [isQueue(place) ? 'LLEN' : 'ZCARD', place] as const))
  const seconds = (performance.now() - began) / 1_000
  const own: { readonly place: string; readonly job: Job; readonly bytes: number }[] = []
  let growth = 0
  for (const [index, { place, size, jobs }] of before.entries()) {
    const mine = jobs.flatMap((text) => {
      const job = readJob(text, wanted)
      return job === undefined ? [] : [{ place, job, bytes: Buffer.byteLength(text) }]
    })
    own.push(...mine)
    if (jobs.length > 0) growth += ((Number(sizes[index]) - size) * mine.length) / jobs.length
  }
  return {
    samples: own.slice(0, 10).map(({ place, job }) => `${place} ${job.jid}`),
    sampled: before.reduce((sum, { jobs }) => sum + jobs.length, 0),
    prefixes: before
      .filter(({ size }) => size > 0)
      .map(({ place, size }) => ({
        prefix: place,
        about: size,
        margin: 0,
        own: own.some((seen) => seen.place === place),
      }))
      .sort((a, b) => b.about - a.about)
      .slice(0, 10),
    bytesPerEntry:
      own.length === 0 ? undefined : Math.round(own.reduce((sum, { bytes }) => sum + bytes, 0) / own.length),
    expiring: 0,
    createdPerSecond: Math.max(0, Math.round(growth / seconds)),
  }
}

/** How many jobs wait in each of these places. */
export async function countPlaces(session: Session, places: readonly string[]): Promise<readonly Neighbour[]> {
  const sizes = await session.batch(places.map((place) => [isQueue(place) ? 'LLEN' : 'ZCARD', place] as const))
  return places.map((prefix, index) => ({ prefix, about: Number(expectValue(sizes[index], session.where)), margin: 0 }))
}

async function drawJobs(session: Session): Promise<readonly Drawn[]> {
  const places = await placesOfJobs(session)
  const sizes = await session.batch(places.map((place) => [isQueue(place) ? 'LLEN' : 'ZCARD', place] as const))
  const drawn: Drawn[] = []
  for (const [index, place] of places.entries()) {
    const size = isRefusal(sizes[index]) ? 0 : Number(sizes[index])
    drawn.push({ place, size, jobs: size === 0 ? [] : await draw(session, place, size) })
  }
  return drawn
}

async function draw(session: Session, place: string, size: number): Promise<readonly string[]> {
  if (!isQueue(place)) {
    const reply = await session.call('ZRANDMEMBER', place, DRAWS)
    return Array.isArray(reply) ? reply.map(String) : []
  }
  if (size <= DRAWS) {
    const reply = await session.call('LRANGE', place, 0, DRAWS - 1)
    return Array.isArray(reply) ? reply.map(String) : []
  }
  // LINDEX steps over whole nodes of the list, some microseconds also in the middle of a million.
  const words: Words[] = Array.from(
    { length: DRAWS },
    () => ['LINDEX', place, Math.floor(Math.random() * size)] as const,
  )
  return (await session.batch(words)).filter((reply) => Buffer.isBuffer(reply)).map(String)
}
