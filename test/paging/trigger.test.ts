import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dedupKeyOf } from '../../src/incidents/incident.js'
import { decide, place, type TriggerContext } from '../../src/paging/trigger.js'

const HERE: TriggerContext = {
  channel: 'C0EMERGENCY',
  botUserId: 'U0MAYDAY',
  botId: 'B0MAYDAY',
  alertBots: ['B0ALERTS'],
}
const TS = '1625882400.000100'
const post = { type: 'message', channel: HERE.channel, user: 'U0SAM', text: 'the site is down', ts: TS, event_ts: TS }
const reply = { ...post, ts: '1625882500.000200', thread_ts: TS }

describe('what a message event means', () => {
  it.each([
    ['a plain post', post, 'page'],
    ['a post with a file', { ...post, subtype: 'file_share', files: [{ id: 'F1' }] }, 'page'],
    ['a file without a word', { ...post, subtype: 'file_share', text: '', files: [{ id: 'F1' }] }, 'page'],
    ['/me', { ...post, subtype: 'me_message' }, 'page'],
    ['the first message of a thread', { ...post, thread_ts: TS }, 'page'],
    ['an allowed alert bot', { ...post, user: undefined, subtype: 'bot_message', bot_id: 'B0ALERTS' }, 'page'],
    ['an allowed app that posts as a user', { ...post, bot_id: 'B0ALERTS' }, 'page'],
    ['a post without an author', { ...post, user: undefined }, 'page, unsure'],
    ['a form nobody has seen yet', { ...post, subtype: 'hologram_share' }, 'page, unsure'],
    ['file_comment, no longer sent', { ...post, subtype: 'file_comment' }, 'page, unsure'],
    ['file_mention, no longer sent', { ...post, subtype: 'file_mention' }, 'page, unsure'],
    ['a reply', reply, 'timeline: reply'],
    ['a reply sent to the channel too', { ...reply, subtype: 'thread_broadcast' }, 'timeline: reply'],
    ['an edit', changed({ ...post, text: 'the site is slow' }), 'timeline: edit'],
    ['an edit of a reply', changed({ ...reply, text: 'no' }, reply), 'timeline: edit'],
    ['an unfurled link', changed({ ...post, attachments: [{}] }), 'ignore: unfurl_only'],
    ['a counted reply', changed({ ...post, reply_count: 1 }), 'ignore: unfurl_only'],
    ['a deletion', deleted(post), 'timeline: delete'],
    ['a deletion with replies', changed({ ...post, user: 'USLACKBOT', subtype: 'tombstone' }), 'timeline: delete'],
    ['a change of nothing', { ...post, subtype: 'message_changed' }, 'ignore: hidden'],
    ['a deletion of nothing', { ...post, subtype: 'message_deleted' }, 'ignore: hidden'],
    ['an edit of a bot’s message', changed({ ...post, bot_id: 'B0OTHER', text: 'new' }), 'ignore: bot_edit'],
    ['a deleted bot message', deleted({ ...post, bot_id: 'B0OTHER' }), 'ignore: bot_edit'],
    ['Mayday’s own card, updated', changed({ ...post, user: HERE.botUserId, text: 'new' }), 'ignore: bot_edit'],
    ['another bot', { ...post, user: undefined, subtype: 'bot_message', bot_id: 'B0OTHER' }, 'ignore: bot'],
    ['a bot without an id', { ...post, user: undefined, subtype: 'bot_message' }, 'ignore: bot'],
    ['an app that posts as a user', { ...post, bot_id: 'B0OTHER' }, 'ignore: bot'],
    ['Slackbot', { ...post, user: 'USLACKBOT' }, 'ignore: slackbot'],
    ['Mayday, by its user', { ...post, user: HERE.botUserId }, 'ignore: own_post'],
    ['Mayday, by its bot', { ...post, user: undefined, bot_id: HERE.botId }, 'ignore: own_post'],
    ['something hidden', { ...post, hidden: true }, 'ignore: hidden'],
    ['another channel', { ...post, channel: 'C0RANDOM' }, 'ignore: other_channel'],
    ['another event', { ...post, type: 'reaction_added' }, 'ignore: not_a_message'],
  ])('%s', (_name, event, meaning) => {
    expect(said(event)).toBe(meaning)
  })

  // The "message event subtypes" of Slack's documentation that Slack writes itself.
  it.each([
    'assistant_app_thread',
    'bot_add',
    'bot_remove',
    'channel_archive',
    'channel_convert_to_private',
    'channel_join',
    'channel_leave',
    'channel_name',
    'channel_posting_permissions',
    'channel_purpose',
    'channel_topic',
    'channel_unarchive',
    'document_mention',
    'ekm_access_denied',
    'group_archive',
    'group_join',
    'group_leave',
    'group_name',
    'group_purpose',
    'group_topic',
    'group_unarchive',
    'huddle_thread',
    'message_replied',
    'pinned_item',
    'reminder_add',
    'reply_broadcast',
    'unpinned_item',
  ])('%s is Slack’s own and does nothing', (subtype) => {
    expect(said({ ...post, subtype })).toBe('ignore: system')
  })
})

describe('if unsure, it pages', () => {
  // What makes a post something else than a person's top-level post, or another person's.
  const DECIDING = new Set(['type', 'channel', 'user', 'bot_id', 'subtype', 'hidden', 'thread_ts', 'ts', 'event_ts'])
  const more = fc
    .dictionary(fc.string(), fc.jsonValue(), { maxKeys: 8 })
    .map((fields) => Object.fromEntries(Object.entries(fields).filter(([key]) => !DECIDING.has(key))))
  const person = fc.stringMatching(/^[UW][A-Z0-9]{6,10}$/).filter((id) => id !== 'U0MAYDAY' && id !== 'USLACKBOT')
  const subtype = fc.string({ minLength: 1 }).filter((name) => !said({ ...post, subtype: name }).startsWith('ignore'))
  const form = fc.option(fc.oneof(fc.constantFrom('file_share', 'me_message', 'x_new'), subtype), { nil: undefined })

  it('a person’s top-level post is never ignored, whatever else is in it', () => {
    fc.assert(
      fc.property(more, person, form, fc.jsonValue(), (fields, user, name, text) => {
        const event = { ...fields, ...post, user, text, ...(name === undefined ? {} : { subtype: name }) }
        expect(decide(event, HERE)).toMatchObject({ kind: 'page', ts: TS, by: `slack:${user}` })
      }),
      { numRuns: 1_000 },
    )
  })

  it('a subtype is ignored only when it is one of Slack’s own', () => {
    const own = /^(channel_|group_)|^(bot|pinned|unpinned|reminder|huddle|sh_room|app_conversation|joiner|assistant)/
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{2,9}_[a-z]{2,9}$/), (name) => {
        fc.pre(
          !own.test(name) &&
            !['message_changed', 'message_deleted', 'message_replied', 'reply_broadcast'].includes(name),
        )
        expect(said({ ...post, subtype: name })).toMatch(/^page/)
      }),
      { numRuns: 1_000 },
    )
  })

  it('its own posts never page, in whatever form they come back', () => {
    const own = fc.constantFrom({ user: HERE.botUserId }, { bot_id: HERE.botId }, { user: 'U0SAM', bot_id: HERE.botId })
    const greedy: TriggerContext = { ...HERE, alertBots: ['B0MAYDAY', 'B0ALERTS'] }
    fc.assert(
      fc.property(more, own, form, (fields, author, name) => {
        const event = {
          ...fields,
          ...post,
          user: undefined,
          ...author,
          ...(name === undefined ? {} : { subtype: name }),
        }
        expect(decide(event, greedy)).toEqual({ kind: 'ignore', because: 'own_post' })
      }),
    )
  })

  it('has an answer for any value whatever', () => {
    const fragment = fc.dictionary(
      fc.constantFrom(
        ...DECIDING,
        'message',
        'previous_message',
        'deleted_ts',
        'files',
        'blocks',
        'attachments',
        'text',
      ),
      fc.oneof(fc.jsonValue(), fc.constantFrom('message', 'C0EMERGENCY', 'message_changed', 'message_deleted', TS)),
    )
    const nested = fc.record({ message: fragment, previous_message: fragment }, { requiredKeys: [] })
    const any = fc.oneof(
      fc.anything(),
      fc.jsonValue(),
      fc.tuple(fragment, nested).map(([a, b]) => ({ ...post, ...a, ...b })),
    )
    fc.assert(
      fc.property(any, (event) => {
        expect(['page', 'timeline', 'ignore']).toContain(decide(event, HERE).kind)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('one message, one page', () => {
  const ts = fc
    .tuple(fc.integer({ min: 1_000_000_000, max: 1_999_999_999 }), fc.integer({ min: 0, max: 999_999 }))
    .map(([seconds, micros]) => `${seconds}.${String(micros).padStart(6, '0')}`)
  const place = { team: 'T1', channel: HERE.channel }
  const keyOf = (event: object): string => {
    const decision = decide(event, HERE)
    return decision.kind === 'page' ? dedupKeyOf({ ...place, ts: decision.ts }) : ''
  }

  it('keeps its key through every delivery, whatever the delivery is called', () => {
    fc.assert(
      fc.property(ts, fc.string(), fc.string(), (at, eventId, clientId) => {
        const first = keyOf({ ...post, ts: at, event_ts: at })
        const again = keyOf({ ...post, ts: at, event_ts: `${at}1`, event_id: eventId, client_msg_id: clientId })
        const fromHistory = keyOf({ ...post, ts: at, event_ts: undefined, team: 'T9' })
        expect(first).toBe(`slack:T1:${HERE.channel}:${at}`)
        expect([again, fromHistory]).toEqual([first, first])
        expect(first.length).toBeLessThanOrEqual(255)
      }),
    )
  })

  it('never shares it with another message', () => {
    const id = fc.stringMatching(/^[A-Z0-9]{1,11}$/)
    const message = fc.record({ team: id, channel: id, ts })
    fc.assert(
      fc.property(message, message, (a, b) => {
        expect(dedupKeyOf(a) === dedupKeyOf(b)).toBe(a.team === b.team && a.channel === b.channel && a.ts === b.ts)
      }),
    )
  })
})

describe('where a message that pages belongs', () => {
  const policy = { joinWindowMs: 600_000, maxPagesPerMinute: 5 }
  const old = { id: 1, lastMessageAt: 0 }
  const recent = { id: 2, lastMessageAt: 1_000_000 }

  it.each([
    ['nothing is open', { open: [], pagesLastMinute: 0, at: 5 }, { kind: 'open' }],
    ['nothing is open in a storm', { open: [], pagesLastMinute: 99, at: 5 }, { kind: 'open' }],
    [
      'just within the window',
      { open: [recent, old], pagesLastMinute: 0, at: 1_599_999 },
      { kind: 'join', incident: recent, because: 'window' },
    ],
    ['at its end', { open: [recent, old], pagesLastMinute: 0, at: 1_600_000 }, { kind: 'open' }],
    [
      'written before the last one, read later',
      { open: [recent], pagesLastMinute: 0, at: 900_000 },
      { kind: 'join', incident: recent, because: 'window' },
    ],
    [
      'near an older incident only',
      { open: [recent, old], pagesLastMinute: 0, at: 100_000 },
      { kind: 'join', incident: old, because: 'window' },
    ],
    ['outside the window, one below the limit', { open: [old], pagesLastMinute: 4, at: 9_000_000 }, { kind: 'open' }],
    [
      'outside the window, at the limit',
      { open: [recent, old], pagesLastMinute: 5, at: 9_000_000 },
      { kind: 'join', incident: recent, because: 'storm' },
    ],
  ])('%s', (_name, facts, placement) => {
    expect(place(facts, policy)).toEqual(placement)
  })

  it('joins nothing where no incident is open, and nothing that is not', () => {
    const incident = fc.record({ id: fc.nat(), lastMessageAt: fc.nat() })
    fc.assert(
      fc.property(fc.array(incident), fc.nat(), fc.nat(), (open, pagesLastMinute, at) => {
        const placement = place({ open, pagesLastMinute, at }, policy)
        if (placement.kind === 'join') expect(open).toContain(placement.incident)
      }),
    )
  })
})

function changed(message: object, before: object = post) {
  return {
    type: 'message',
    subtype: 'message_changed',
    hidden: true,
    channel: HERE.channel,
    ts: '1625882600.000300',
    message,
    previous_message: before,
  }
}

function deleted(message: object) {
  return {
    type: 'message',
    subtype: 'message_deleted',
    hidden: true,
    channel: HERE.channel,
    ts: '1625882600.000300',
    deleted_ts: TS,
    previous_message: message,
  }
}

function said(event: unknown): string {
  const decision = decide(event, HERE)
  if (decision.kind === 'ignore') return `ignore: ${decision.because}`
  if (decision.kind === 'timeline') return `timeline: ${decision.entry}`
  return decision.unsure === undefined ? 'page' : 'page, unsure'
}
