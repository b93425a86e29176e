import { z } from 'zod'
import type { Outcome } from '../../ports.js'
import type { Budget, RestRequest, Wire } from './wire.js'

const PAGE = 100
/** why: PagerDuty refuses `offset + limit` above 10,000. */
const LAST_OFFSET = 10_000 - PAGE

/**
 * Reads a list to its end, or to the page on which `enough` holds. pdjs's own `all()` answers a half-read list as if it
 * were whole when a later page fails; here that is the failure which it is.
 */
export async function readAll<T>(
  wire: Wire,
  request: Pick<RestRequest<T>, 'path' | 'query'> & { readonly list: string; readonly item: z.ZodType<T> },
  budget: Budget,
  enough: (items: readonly T[]) => boolean = () => false,
): Promise<Outcome<readonly T[]>> {
  const schema = z
    .looseObject({ more: z.boolean().nullish() })
    .transform((body) => ({ more: body.more === true, items: body[request.list] }))
    .pipe(z.object({ more: z.boolean(), items: z.array(request.item) }))
  const all: T[] = []
  for (let offset = 0; offset <= LAST_OFFSET; offset += PAGE) {
    const query = { ...request.query, limit: String(PAGE), offset: String(offset) }
    const page = await wire.rest({ method: 'GET', path: request.path, query, schema }, budget)
    if (page.kind !== 'accepted') return page
    all.push(...page.value.items)
    if (!page.value.more || enough(page.value.items)) break
  }
  return { kind: 'accepted', value: all }
}
