import { describe, expect, it } from 'vitest'
import { blocksTooLong, checkBlocks, checkView } from '../../src/simulator/slack/blocks/check.js'
import { button, modal, section } from './slack-kit.js'

const plain = (text: string) => ({ type: 'plain_text', text })
const long = (n: number) => 'x'.repeat(n)
const option = (value: string) => ({ text: plain(value), value })
const actions = (...elements: object[]) => ({ type: 'actions', elements })
const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i))
const codes = (blocks: unknown, surface: 'message' | 'modal' | 'home' = 'message') =>
  checkBlocks(blocks, surface).map((p) => `${p.code} ${p.pointer}`)

describe('blocks that Slack takes', () => {
  const fine: Record<string, object> = {
    section: { ...section('x'), accessory: button('go', 'v') },
    fields: { type: 'section', fields: [plain('a'), { type: 'mrkdwn', text: '*b*' }] },
    header: { type: 'header', text: plain('Incident 7') },
    divider: { type: 'divider' },
    context: { type: 'context', elements: [{ type: 'mrkdwn', text: 'since 14:00' }] },
    buttons: actions({ ...button('purge'), style: 'danger', confirm: { title: plain('?'), text: plain('Sure?') } }),
    menus: actions(
      { type: 'static_select', action_id: 'a', options: [option('x')] },
      { type: 'users_select', action_id: 'b' },
    ),
    overflow: actions({ type: 'overflow', action_id: 'o', options: [option('x'), option('y')] }),
    emoji: { type: 'header', text: plain('😀'.repeat(150)) },
    picture: {
      type: 'image',
      image_url: 'https://example.org/x.png',
      alt_text: 'a graph',
      title: plain('CPU'),
      block_id: 'p',
    },
    rich: { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'x' }] }] },
    markdown: { type: 'markdown', text: '**x**' },
    table: {
      type: 'table',
      rows: [
        [
          { type: 'raw_text', text: 'a' },
          { type: 'raw_number', value: 1, text: '1' },
        ],
      ],
    },
    card: { type: 'card', title: { type: 'mrkdwn', text: 't' }, actions: [button('a')] },
    container: { type: 'container', title: plain('t'), child_blocks: [section('x'), { type: 'divider' }] },
    plan: { type: 'plan', title: 'p', tasks: [{ type: 'task_card', task_id: '1', title: 't', status: 'complete' }] },
    feedback: {
      type: 'context_actions',
      elements: [
        {
          type: 'feedback_buttons',
          action_id: 'f',
          positive_button: { text: plain('good'), value: '1' },
          negative_button: { text: plain('bad'), value: '0' },
        },
      ],
    },
  }
  it.each(Object.entries(fine))('%s', (_, block) => {
    expect(checkBlocks([block], 'message')).toEqual([])
  })

  it('in a modal: inputs of every kind, and an alert', () => {
    const input = (element: object, i: number) => ({ type: 'input', block_id: `b${i}`, label: plain('l'), element })
    const inputs = [
      { type: 'plain_text_input', action_id: 'a', multiline: true, max_length: 3000 },
      { type: 'number_input', action_id: 'a', is_decimal_allowed: false },
      { type: 'email_text_input', action_id: 'a' },
      { type: 'url_text_input', action_id: 'a' },
      { type: 'checkboxes', action_id: 'a', options: [option('x')] },
      { type: 'radio_buttons', action_id: 'a', options: [option('x')], initial_option: option('x') },
      { type: 'datepicker', action_id: 'a', initial_date: '2021-07-08' },
      { type: 'timepicker', action_id: 'a', initial_time: '14:00' },
      { type: 'datetimepicker', action_id: 'a' },
      { type: 'multi_users_select', action_id: 'a', max_selected_items: 3 },
      { type: 'conversations_select', action_id: 'a', default_to_current_conversation: true },
      { type: 'multi_static_select', action_id: 'a', option_groups: [{ label: plain('g'), options: [option('x')] }] },
      { type: 'file_input', action_id: 'a', max_files: 2 },
    ].map(input)
    expect(
      checkView(modal({ blocks: [{ type: 'alert', text: plain('Careful'), level: 'warning' }, ...inputs] })),
    ).toEqual([])
  })
})

describe('blocks that Slack refuses', () => {
  const faulty: Record<string, readonly [unknown, string]> = {
    'not a list': [{}, 'wrong_type /blocks'],
    'too many blocks': [times(51, () => ({ type: 'divider' })), 'too_many_items /blocks'],
    'an unknown block': [[{ type: 'sektion' }], 'unsupported_type /blocks/0/type'],
    'an unknown key': [[{ ...section('x'), colour: 'red' }], 'additional_property /blocks/0'],
    'an empty text': [[section('')], 'too_short /blocks/0/text/text'],
    'a long section': [[section(long(3001))], 'too_long /blocks/0/text/text'],
    'a section with nothing': [[{ type: 'section' }], 'missing_field /blocks/0'],
    'too many fields': [[{ type: 'section', fields: times(11, () => plain('x')) }], 'too_many_items /blocks/0/fields'],
    'a long field': [[{ type: 'section', fields: [plain(long(2001))] }], 'too_long /blocks/0/fields/0/text'],
    'a long header': [[{ type: 'header', text: plain(long(151)) }], 'too_long /blocks/0/text/text'],
    'markdown in a header': [[{ type: 'header', text: section('x').text }], 'unsupported_type /blocks/0/text/type'],
    'too many elements': [[actions(...times(26, (i) => button(`a${i}`)))], 'too_many_items /blocks/0/elements'],
    'no elements': [[actions()], 'too_few_items /blocks/0/elements'],
    'a crowded context': [
      [{ type: 'context', elements: times(11, () => plain('x')) }],
      'too_many_items /blocks/0/elements',
    ],
    'a button in a context': [
      [{ type: 'context', elements: [button('a')] }],
      'unsupported_type /blocks/0/elements/0/type',
    ],
    'a long button': [[actions({ ...button('a'), text: plain(long(76)) })], 'too_long /blocks/0/elements/0/text/text'],
    'a long value': [[actions(button('a', long(2001)))], 'too_long /blocks/0/elements/0/value'],
    'a wrong style': [[actions({ ...button('a'), style: 'red' })], 'not_allowed /blocks/0/elements/0/style'],
    'a long action id': [
      [actions({ ...button('a'), action_id: long(256) })],
      'too_long /blocks/0/elements/0/action_id',
    ],
    'a long block id': [[{ type: 'divider', block_id: long(256) }], 'too_long /blocks/0/block_id'],
    'a long confirm text': [
      [actions({ ...button('a'), confirm: { text: plain(long(301)) } })],
      'too_long /blocks/0/elements/0/confirm/text/text',
    ],
    'an overflow of six': [
      [actions({ type: 'overflow', action_id: 'a', options: times(6, (i) => option(`${i}`)) })],
      'too_many_items /blocks/0/elements/0/options',
    ],
    'a menu of 101': [
      [actions({ type: 'static_select', action_id: 'a', options: times(101, (i) => option(`${i}`)) })],
      'too_many_items /blocks/0/elements/0/options',
    ],
    'a menu without options': [
      [actions({ type: 'static_select', action_id: 'a' })],
      'missing_field /blocks/0/elements/0',
    ],
    'a long option value': [
      [actions({ type: 'static_select', action_id: 'a', options: [{ text: plain('x'), value: long(151) }] })],
      'too_long /blocks/0/elements/0/options/0/value',
    ],
    'a picture without alt text': [[{ type: 'image', image_url: 'https://x' }], 'missing_field /blocks/0'],
    'two equal block ids': [
      [
        { type: 'divider', block_id: 'a' },
        { type: 'divider', block_id: 'a' },
      ],
      'duplicate_block_id /blocks',
    ],
    'two equal action ids in a block': [[actions(button('a'), button('a'))], 'duplicate_action_id /blocks/0'],
    'two tables': [
      times(2, () => ({ type: 'table', rows: [[{ type: 'raw_text', text: 'a' }]] })),
      'only_one_table_allowed /blocks',
    ],
    'a ragged table': [
      [{ type: 'table', rows: [[{ type: 'raw_text', text: 'a' }], []] }],
      'ragged_rows /blocks/0/rows',
    ],
    'settings for columns that are not there': [
      [{ type: 'table', rows: [[{ type: 'raw_text', text: 'a' }]], column_settings: [{}, {}] }],
      'column_mismatch /blocks/0/column_settings',
    ],
    'long markdown': [[{ type: 'markdown', text: long(12_001) }], 'too_long /blocks/0/text'],
    'a task that is completed': [
      [{ type: 'task_card', task_id: '1', title: 't', status: 'completed' }],
      'not_allowed /blocks/0/status',
    ],
    'an alert in a message': [[{ type: 'alert', text: plain('x') }], 'unsupported_type /blocks/0/type'],
    'four buttons on a card': [
      [{ type: 'card', actions: times(4, (i) => button(`${i}`)) }],
      'too_many_items /blocks/0/actions',
    ],
  }
  it.each(Object.entries(faulty))('%s', (_, [blocks, expected]) => {
    expect(codes(blocks)).toContain(expected)
  })

  it('equal action ids in different blocks are fine', () => {
    expect(codes([actions(button('a')), actions(button('a'))])).toEqual([])
  })

  it('some blocks stand on some surfaces only', () => {
    const markdown = [{ type: 'markdown', text: 'x' }]
    expect([codes(markdown, 'message'), codes(markdown, 'modal')]).toEqual([[], ['unsupported_type /blocks/0/type']])
    expect(codes([{ type: 'card', title: section('x').text }], 'modal')).toHaveLength(1)
  })

  it('all texts of one message together', () => {
    expect(blocksTooLong(times(4, () => section(long(3000))))).toBe(false)
    expect(blocksTooLong(times(5, () => section(long(2700))))).toBe(true)
  })
})

describe('views', () => {
  const faults = (over: Record<string, unknown>) => checkView(modal(over)).map((p) => `${p.code} ${p.pointer}`)
  const views: Record<string, readonly [Record<string, unknown>, string]> = {
    'a long title': [{ title: plain(long(25)) }, 'too_long /view/title/text'],
    'no title': [{ title: undefined }, 'missing_field /view'],
    'a long submit label': [{ submit: plain(long(25)) }, 'too_long /view/submit/text'],
    'inputs without submit': [{ submit: undefined }, 'missing_field /view'],
    'a long callback id': [{ callback_id: long(256) }, 'too_long /view/callback_id'],
    'long private metadata': [{ private_metadata: long(3001) }, 'too_long /view/private_metadata'],
    'no blocks': [{ blocks: [] }, 'too_few_items /view/blocks'],
    'too many blocks': [{ blocks: times(101, () => ({ type: 'divider' })) }, 'too_many_items /view/blocks'],
  }
  it.each(Object.entries(views))('%s', (_, [over, expected]) => {
    expect(faults(over)).toContain(expected)
  })

  it('nothing to say about a good one', () => {
    expect(faults({})).toEqual([])
  })
})
