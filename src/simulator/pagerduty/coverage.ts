import { faultEffects } from './faults.js'
import { restRoutes } from './rest/rest-api.js'
import { incidentEvents } from './webhooks/webhooks.js'

/** What this simulator can do, by the names that its tests use. A test holds the tests against this list. */
export const coverage = {
  endpoints: ['POST /v2/enqueue', 'POST /v2/change/enqueue', ...Object.keys(restRoutes)],
  faults: [...faultEffects, 'outage', 'region', 'dropSilently', 'delayProcessing', 'duplicate', 'alsoSignWith'],
  drops: ['disabled', 'maintenance', 'suppress', 'nobody on call', 'no open alert'],
  webhooks: [...incidentEvents, 'pagey.ping'],
} as const
