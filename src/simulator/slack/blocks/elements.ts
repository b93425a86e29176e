import { any, bool, type Fields, list, may, must, number, object, oneOf, plain, string, text, typed } from './spec.js'

// Limits as in Slack's reference for block elements and composition objects.
const actionId = { action_id: may(string(255, 1)) }
const focus = { focus_on_load: may(bool) }
const placeholder = { placeholder: may(plain(150)) }
const dispatch = {
  dispatch_action_config: may(
    object({
      trigger_actions_on: may(list(oneOf('on_enter_pressed', 'on_character_entered'), 1, 2)),
    }),
  ),
}
const confirm = {
  confirm: may(
    object({
      title: may(plain(100)),
      text: must(text(300)),
      confirm: may(plain(30)),
      deny: may(plain(30)),
      style: may(oneOf('primary', 'danger')),
    }),
  ),
}
const style = { style: may(oneOf('primary', 'danger')) }
const maxItems = { max_selected_items: may(number(1)) }
const filter = {
  filter: may(
    object({
      include: may(list(oneOf('im', 'mpim', 'private', 'public'), 1, 4)),
      exclude_external_shared_channels: may(bool),
      exclude_bot_users: may(bool),
    }),
  ),
}

const option = (types: 'plain' | 'any') =>
  object({
    text: must(types === 'plain' ? plain(75) : text(75)),
    value: may(string(150)),
    description: may(types === 'plain' ? plain(75) : text(75)),
    url: may(string(3000)),
  })
const plainOption = option('plain')
const anyOption = option('any')
const choices = {
  options: may(list(plainOption, 1, 100)),
  option_groups: may(list(object({ label: must(plain(75)), options: must(list(plainOption, 1, 100)) }), 1, 100)),
}
const select = { ...actionId, ...confirm, ...focus, ...placeholder }
const feedback = object({
  text: must(plain(75)),
  value: must(string(2000)),
  accessibility_label: may(string(75)),
})

export const imageFields: Fields = {
  image_url: may(string(3000)),
  slack_file: may(any),
  alt_text: must(string(2000, 1)),
}

/** A task, alone or in a plan. */
export const TASK: Fields = {
  block_id: may(string(255)),
  task_id: must(string(undefined, 1)),
  title: must(string(undefined, 1)),
  details: may(typed('rich_text')),
  output: may(typed('rich_text')),
  sources: may(list(typed('url'), 0, 100)),
  status: must(oneOf('pending', 'in_progress', 'complete', 'error')),
}

/** Every element that can stand in a block, by its `type`. */
export const ELEMENTS: Readonly<Record<string, Fields>> = {
  button: {
    ...actionId,
    ...confirm,
    ...style,
    text: must(plain(75)),
    value: may(string(2000)),
    url: may(string(3000)),
    accessibility_label: may(string(75)),
  },
  workflow_button: {
    ...actionId,
    ...confirm,
    ...style,
    text: must(plain(75)),
    workflow: must(any),
    accessibility_label: may(string(75)),
  },
  icon_button: {
    ...actionId,
    ...confirm,
    icon: must(string()),
    text: must(plain(75)),
    value: may(string(2000)),
    accessibility_label: may(string(75)),
    visible_to_user_ids: may(list(string(), 0, 10)),
  },
  feedback_buttons: { ...actionId, positive_button: must(feedback), negative_button: must(feedback) },
  static_select: { ...select, ...choices, initial_option: may(plainOption) },
  multi_static_select: { ...select, ...choices, ...maxItems, initial_options: may(list(plainOption, 1, 100)) },
  external_select: { ...select, min_query_length: may(number(0)), initial_option: may(plainOption) },
  multi_external_select: {
    ...select,
    ...maxItems,
    min_query_length: may(number(0)),
    initial_options: may(list(plainOption, 1, 100)),
  },
  users_select: { ...select, initial_user: may(string()) },
  multi_users_select: { ...select, ...maxItems, initial_users: may(list(string(), 0, 100)) },
  conversations_select: {
    ...select,
    ...filter,
    initial_conversation: may(string()),
    default_to_current_conversation: may(bool),
    response_url_enabled: may(bool),
  },
  multi_conversations_select: {
    ...select,
    ...filter,
    ...maxItems,
    initial_conversations: may(list(string(), 0, 100)),
    default_to_current_conversation: may(bool),
  },
  channels_select: { ...select, initial_channel: may(string()), response_url_enabled: may(bool) },
  multi_channels_select: { ...select, ...maxItems, initial_channels: may(list(string(), 0, 100)) },
  overflow: { ...actionId, ...confirm, options: must(list(plainOption, 1, 5)) },
  checkboxes: {
    ...actionId,
    ...confirm,
    ...focus,
    options: must(list(anyOption, 1, 10)),
    initial_options: may(list(anyOption, 1, 10)),
  },
  radio_buttons: {
    ...actionId,
    ...confirm,
    ...focus,
    options: must(list(anyOption, 1, 10)),
    initial_option: may(anyOption),
  },
  datepicker: { ...select, initial_date: may(string(10, 10)) },
  timepicker: { ...select, initial_time: may(string(5, 5)), timezone: may(string()) },
  datetimepicker: { ...actionId, ...confirm, ...focus, initial_date_time: may(number()) },
  plain_text_input: {
    ...actionId,
    ...focus,
    ...placeholder,
    ...dispatch,
    initial_value: may(string(3000)),
    multiline: may(bool),
    min_length: may(number(0, 3000)),
    max_length: may(number(1, 3000)),
  },
  email_text_input: { ...actionId, ...focus, ...placeholder, ...dispatch, initial_value: may(string()) },
  url_text_input: { ...actionId, ...focus, ...placeholder, ...dispatch, initial_value: may(string()) },
  number_input: {
    ...actionId,
    ...focus,
    ...placeholder,
    ...dispatch,
    is_decimal_allowed: must(bool),
    initial_value: may(string()),
    min_value: may(string()),
    max_value: may(string()),
  },
  rich_text_input: {
    ...actionId,
    ...focus,
    ...placeholder,
    ...dispatch,
    initial_value: may(any),
    min_lines: may(number(1)),
    max_lines: may(number(1)),
  },
  file_input: { ...actionId, filetypes: may(list(string(), 0, 100)), max_files: may(number(1, 10)) },
  image: imageFields,
  // Text objects stand among the elements of a context block.
  plain_text: { text: must(string(3000, 1)), emoji: may(bool) },
  mrkdwn: { text: must(string(3000, 1)), verbatim: may(bool) },
  url: { url: must(string(3000, 1)), text: must(string(undefined, 1)) },
  raw_text: { text: must(string(undefined, 1)) },
  raw_number: { value: must(number()), text: must(string()) },
  rich_text: { elements: must(list(any, 0, 1000)), block_id: may(string(255)) },
}

export const INPUTS: readonly string[] = [
  'plain_text_input',
  'email_text_input',
  'url_text_input',
  'number_input',
  'rich_text_input',
  'file_input',
  'checkboxes',
  'radio_buttons',
  'datepicker',
  'timepicker',
  'datetimepicker',
  'static_select',
  'multi_static_select',
  'external_select',
  'multi_external_select',
  'users_select',
  'multi_users_select',
  'conversations_select',
  'multi_conversations_select',
  'channels_select',
  'multi_channels_select',
]
