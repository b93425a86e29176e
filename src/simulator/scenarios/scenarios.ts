/** The stories that can be replayed. */
import { droppedSilently, killed, pagerDutyDown } from './breaking.js'
import { allResolved, closedInSlack, closedInThreeWays } from './closing.js'
import { held, released, theJobs, theSource } from './holding.js'
import { acknowledged, aSecondMessage, redelivered, theMessage } from './paging.js'
import { counted, purged, purgedAgain, undone } from './purging.js'
import type { Scenario } from './scenario.js'
import { theDocuments, theSteps } from './working.js'

const inRedis = [theSource, held, theJobs, counted, purged, undone, purgedAgain, released]

const night: Scenario = {
  name: 'night',
  about: 'the night of July 2021 with Mayday: from the message to the last tick, with everything that can break',
  opening: [
    { at: '02:00', what: 'A bad deploy puts 1.2 million push notifications into the queue.' },
    { at: '02:07', what: 'An engineer sees it and writes in #emergency.' },
    {
      at: '07:00',
      what: 'Somebody is paged, five hours later. Until then nobody was, and nobody found the documents.',
    },
  ],
  closing: 'In July 2021 the first page went out at seven in the morning.',
  paging: { shout_after: '2s' },
  withRedis: true,
  scenes: [
    theMessage,
    theDocuments,
    aSecondMessage,
    redelivered,
    acknowledged,
    theSteps,
    ...inRedis,
    killed,
    pagerDutyDown,
    closedInThreeWays,
  ],
}

const purge: Scenario = {
  name: 'purge',
  about: 'the Redis of that night alone: hold, jobs, count, purge, undo, release',
  opening: [],
  paging: {},
  withRedis: true,
  scenes: [theMessage, theDocuments, acknowledged, ...inRedis, closedInSlack],
}

const pagerdutyDown: Scenario = {
  name: 'pagerduty-down',
  about: 'PagerDuty is out of reach, and then says yes and does nothing',
  opening: [],
  // Two messages a few seconds apart are two emergencies here.
  paging: { shout_after: '2s', confirm_within: '3s', join_window: '1s' },
  scenes: [pagerDutyDown, droppedSilently, allResolved],
}

const idle: Scenario = {
  name: 'idle',
  about: 'nothing happens until you do something; stays up',
  opening: [],
  paging: { shout_after: '5s', confirm_within: '10s' },
  scenes: [],
  withRedis: true,
  openEnded: true,
}

/** By name. */
export const SCENARIOS: ReadonlyMap<string, Scenario> = new Map(
  [night, purge, pagerdutyDown, idle].map((scenario) => [scenario.name, scenario]),
)
