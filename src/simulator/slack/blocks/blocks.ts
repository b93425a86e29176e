import { ELEMENTS, INPUTS, imageFields, TASK } from './elements.js'
import {
  any,
  block,
  bool,
  type Fields,
  list,
  may,
  mrkdwn,
  must,
  number,
  object,
  oneOf,
  plain,
  string,
  text,
  typed,
} from './spec.js'

const id = { block_id: may(string(255, 1)) }
const PRESSABLE = [
  'button',
  'workflow_button',
  'overflow',
  'checkboxes',
  'radio_buttons',
  'datepicker',
  'timepicker',
  'datetimepicker',
]
const SELECTS = INPUTS.filter((type) => type.endsWith('_select'))
const cell = typed('rich_text', 'raw_text', 'raw_number')

const card: Fields = {
  ...id,
  hero_image: may(typed('image')),
  icon: may(typed('image')),
  slack_icon: may(any),
  title: may(mrkdwn(150)),
  subtitle: may(mrkdwn(150)),
  body: may(mrkdwn(200)),
  subtext: may(mrkdwn(200)),
  actions: may(list(typed('button'), 0, 3)),
}

/** Every layout block, by its `type`. */
export const BLOCKS: Readonly<Record<string, Fields>> = {
  actions: { ...id, elements: must(list(typed(...PRESSABLE, ...SELECTS, 'rich_text_input'), 1, 25)) },
  alert: { ...id, text: must(text(200)), level: may(oneOf('default', 'info', 'warning', 'error', 'success')) },
  card,
  carousel: { ...id, elements: must(list(block('card'), 1, 10)) },
  container: {
    ...id,
    title: may(plain(150)),
    rich_text_title: may(typed('rich_text')),
    subtitle: may(text(150)),
    child_blocks: must(
      list(
        block(
          'actions',
          'context',
          'divider',
          'file',
          'header',
          'image',
          'input',
          'rich_text',
          'section',
          'table',
          'video',
        ),
        1,
        10,
      ),
    ),
    width: may(oneOf('narrow', 'standard', 'wide', 'full')),
    icon: may(typed('image')),
    is_collapsible: may(bool),
    default_collapsed: may(bool),
    has_header_divider: may(bool),
  },
  context: { ...id, elements: must(list(typed('plain_text', 'mrkdwn', 'image'), 1, 10)) },
  context_actions: { ...id, elements: must(list(typed('feedback_buttons', 'icon_button'), 1, 5)) },
  data_table: {
    ...id,
    caption: must(string()),
    rows: must(list(list(cell, 1, 20), 2, 201)),
    page_size: may(number(1, 100)),
    row_header_column_index: may(number(0, 19)),
  },
  divider: { ...id },
  file: { ...id, source: must(oneOf('remote')), external_id: must(string()) },
  header: { ...id, text: must(plain(150)) },
  image: { ...id, ...imageFields, title: may(plain(2000)) },
  input: {
    ...id,
    label: must(plain(2000)),
    element: must(typed(...INPUTS)),
    hint: may(plain(2000)),
    optional: may(bool),
    dispatch_action: may(bool),
  },
  markdown: { ...id, text: must(string(12_000, 1)) },
  plan: { ...id, title: must(string(undefined, 1)), tasks: may(list(object(TASK), 0, 100)) },
  rich_text: { ...id, elements: must(list(any, 0, 1000)) },
  section: {
    ...id,
    text: may(text(3000)),
    fields: may(list(text(2000), 1, 10)),
    accessory: may(typed('image', ...PRESSABLE, ...SELECTS)),
    expand: may(bool),
  },
  table: {
    ...id,
    rows: must(list(list(cell, 1, 20), 1, 100)),
    column_settings: may(list(any, 0, 20)),
  },
  task_card: TASK,
  video: {
    ...id,
    video_url: must(string()),
    thumbnail_url: must(string()),
    alt_text: must(string(200, 1)),
    title: must(plain(200)),
    title_url: may(string()),
    author_name: may(string(50)),
    provider_name: may(string(50)),
    provider_icon_url: may(string()),
    description: may(plain(200)),
  },
}

export type Surface = 'message' | 'modal' | 'home'

/** Blocks that only some surfaces take. */
export const ONLY_ON: Readonly<Record<string, readonly Surface[]>> = {
  alert: ['modal'],
  card: ['message', 'home'],
  carousel: ['message', 'home'],
  context_actions: ['message'],
  file: ['message'],
  markdown: ['message'],
  plan: ['message'],
  table: ['message'],
  task_card: ['message'],
}

/** The shape of an object of this `type`; an image differs as a block and as an element. */
export const shapeOf = (type: string, asBlock: boolean): Fields | undefined =>
  asBlock ? BLOCKS[type] : (ELEMENTS[type] ?? BLOCKS[type])
