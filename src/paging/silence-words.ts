/** What the thread says about a silent owner and PagerDuty. Pure. */
import type { PageFact } from '../incidents/incident.js'
import { escapedLine, localTime, readable, who } from '../mrkdwn.js'

type Of<K extends PageFact['kind']> = Extract<PageFact, { readonly kind: K }>

/** PagerDuty did not take the acknowledgement back, so nobody is called by it. */
export function unacknowledgeFailed(fact: Of<'page_unacknowledge_failed'>, team: string) {
  const because = escapedLine(readable(fact.because), 200)
  const next = fact.final ? '' : ' Mayday keeps asking.'
  const text = `PagerDuty did not take the acknowledgement of the page${team} back (${because}), so *nobody is called by it*.${next} If somebody is needed, press Page again.`
  return { text, loud: true, pageAgain: true }
}

/** Somebody has it after all. */
export function leftAcknowledged(fact: Of<'page_left_acknowledged'>, team: string): string {
  if (fact.until !== undefined)
    return `The page${team} is snoozed in PagerDuty until ${localTime(fact.until)}, so Mayday leaves it acknowledged. PagerDuty is to call again then.`
  const by = fact.by === undefined ? 'Somebody' : escapedLine(fact.by, 80)
  return `${by} acknowledged the page${team} anew in PagerDuty meanwhile, so Mayday leaves it as it is.`
}

/** There is nothing in PagerDuty that could be taken back. */
export function nothingToTakeBack(why: 'shadow' | 'no token' | 'no page', owner: Parameters<typeof who>[0]): string {
  const silent = `${who(owner)} gave no sign of life.`
  if (why === 'shadow')
    return `${silent} Shadow mode: Mayday would have asked PagerDuty to call again now. *Nobody has been called.*`
  const reason =
    why === 'no token'
      ? 'Mayday has no PagerDuty API token (`PAGERDUTY_API_TOKEN`), so it cannot take the acknowledgement back there'
      : 'PagerDuty shows no acknowledged page of this emergency that could be taken back'
  return `${silent} ${reason}: *nobody is called*. If somebody is needed, press Page again.`
}
