import type { Checklist, ChecklistRun } from '../../src/checklists/checklist.js'
import { startRun } from '../../src/checklists/checklist.js'
import type { Actor, IncidentId } from '../../src/incidents/incident.js'

/** 10 July 2021, 02:00 UTC. */
export const NIGHT = Date.UTC(2021, 6, 10, 2, 0)
export const minutes = (count: number): number => NIGHT + count * 60_000

export const ANA: Actor = 'slack:U0ANA'
export const BEN: Actor = 'slack:U0BEN'
export const incident = (id: number): IncidentId => id as IncidentId

export function checklist(change: Partial<Checklist> = {}): Checklist {
  return {
    name: 'site-down',
    title: 'Site down',
    about: 'The site does not answer.',
    owner: 'Web',
    reviewed: '2021-06-01',
    reviewEveryDays: 90,
    always: false,
    symptoms: ['site down'],
    docs: [{ title: 'Runbook', url: 'https://wiki.example/site', keywords: ['site'], reviewed: '2021-06-01' }],
    steps: [
      { id: 'look', title: 'Look at the graphs', help: 'All of them.', doc: 'Runbook', required: true },
      { id: 'note', title: 'Write down what you see', command: '/mayday note what you see', required: false },
      { id: 'mend', title: 'Mend it', owner: 'Web team', required: true },
    ],
    ...change,
  }
}

export function run(of: Checklist = checklist()): ChecklistRun {
  return startRun(of, { id: 'run-1', incident: incident(12), at: NIGHT, by: ANA }).run
}
