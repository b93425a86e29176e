/** Slack's text and blocks as HTML. Everything that comes from outside goes through `escaped`. */

type Json = Readonly<Record<string, unknown>>

/** What the reader of the page knows. */
export interface Reader {
  /** Names of people by id. */
  readonly names: ReadonlyMap<string, string>
  /** A moment, ms since 1970, on the clock of the story. */
  readonly time: (ms: number) => string
}

/** Where a press goes: the message, or the view, that shows what is pressed. */
export interface Place {
  readonly ts?: string
  readonly view?: string
  /** Messages under the inputs of a form, by block. */
  readonly errors?: Readonly<Record<string, string>>
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (one) => ENTITIES[one] ?? one)
}

/** mrkdwn: links, people and moments in angle brackets; between them bold, italics and code. */
export function mrkdwn(text: string, reader: Reader): string {
  return text
    .split(/(<[^>]+>)/)
    .map((part) => (/^<[^>]+>$/.test(part) ? reference(part.slice(1, -1), reader) : marked(part)))
    .join('')
}

function reference(inner: string, { names, time }: Reader): string {
  const [target = '', label] = inner.split('|')
  const moment = /^!date\^(\d+)/.exec(target)
  if (moment !== null) return escaped(time(Number(moment[1]) * 1_000))
  if (target.startsWith('@')) return `<b class=name>@${escaped(names.get(target.slice(1)) ?? target.slice(1))}</b>`
  if (target.startsWith('!')) return `<b class=name>@${escaped(label ?? target.slice(1))}</b>`
  const words = marked(label ?? target)
  // Anything else than a web address is shown and leads nowhere.
  return /^https?:\/\//.test(target) ? `<a href="${safe(target)}" target=_blank rel=noreferrer>${words}</a>` : words
}

/** Slack's text has its three entities already; whatever else it has must not become HTML. */
function safe(text: string): string {
  return escaped(text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'))
}

function marked(text: string): string {
  return text
    .split(/(`[^`\n]+`)/)
    .map((part) => (/^`[^`\n]+`$/.test(part) ? `<code>${safe(part.slice(1, -1))}</code>` : styled(safe(part))))
    .join('')
}

function styled(html: string): string {
  return html
    .replace(/(^|[\s(])\*(\S(?:[^*\n]*\S)?)\*(?=[\s.,;:!?)]|$)/gm, '$1<b>$2</b>')
    .replace(/(^|[\s(])_(\S(?:[^_\n]*\S)?)_(?=[\s.,;:!?)]|$)/gm, '$1<i>$2</i>')
    .replace(/(^|[\s(])~(\S(?:[^~\n]*\S)?)~(?=[\s.,;:!?)]|$)/gm, '$1<s>$2</s>')
    .replace(/:([a-z_]+):/g, (all, name: string) => EMOJI[name] ?? all)
    .replaceAll('\n', '<br>')
}

const EMOJI: Readonly<Record<string, string>> = {
  warning: '⚠️',
  white_check_mark: '✅',
  rotating_light: '🚨',
  large_green_circle: '🟢',
}

export function blocksHtml(blocks: readonly unknown[], place: Place, reader: Reader): string {
  return blocks.map((block) => (isObject(block) ? blockHtml(block, place, reader) : '')).join('')
}

function blockHtml(block: Json, place: Place, reader: Reader): string {
  const press = (element: unknown) => (isObject(element) ? elementHtml(element, place, reader) : '')
  switch (block['type']) {
    case 'divider':
      return '<hr>'
    case 'header':
      return `<h3>${textHtml(block['text'], reader)}</h3>`
    case 'section': {
      const fields = listOf(block['fields']).map((one) => `<div>${textHtml(one, reader)}</div>`)
      const accessory = block['accessory'] === undefined ? '' : `<div class=side>${press(block['accessory'])}</div>`
      return `<div class=section><div>${textHtml(block['text'], reader)}${fields.join('')}</div>${accessory}</div>`
    }
    case 'context':
      return `<div class=context>${listOf(block['elements'])
        .map((one) => textHtml(one, reader))
        .join(' ')}</div>`
    case 'actions':
      return `<div class=actions>${listOf(block['elements']).map(press).join('')}</div>`
    case 'input':
      return inputHtml(block, place, reader)
    default:
      return `<div class=context>${escaped(String(block['type']))}</div>`
  }
}

function inputHtml(block: Json, { errors = {} }: Place, reader: Reader): string {
  const id = String(block['block_id'] ?? '')
  const element = isObject(block['element']) ? block['element'] : {}
  const name = `name="${escaped(id)}" data-action="${escaped(String(element['action_id']))}"`
  const hint = block['hint'] === undefined ? '' : `<small>${textHtml(block['hint'], reader)}</small>`
  const error = errors[id] === undefined ? '' : `<small class=error>${escaped(errors[id])}</small>`
  return `<label>${textHtml(block['label'], reader)}${fieldHtml(element, name, reader)}${hint}${error}</label>`
}

function fieldHtml(element: Json, name: string, reader: Reader): string {
  const first = escaped(String(element['initial_value'] ?? element['initial_date'] ?? ''))
  if (element['multiline'] === true) return `<textarea ${name}>${first}</textarea>`
  if (element['type'] === 'datepicker') return `<input type=date ${name} value="${first}">`
  const options = optionsHtml(element, reader)
  return options === '' ? `<input ${name} value="${first}" autocomplete=off>` : `<select ${name}>${options}</select>`
}

function elementHtml(element: Json, { ts, view }: Place, reader: Reader): string {
  const data = [
    `data-action="${escaped(String(element['action_id']))}"`,
    ...(ts === undefined ? [] : [`data-ts="${escaped(ts)}"`]),
    ...(view === undefined ? [] : [`data-view="${escaped(view)}"`]),
    ...(element['confirm'] === undefined ? [] : [`data-confirm="${escaped(confirmOf(element['confirm']))}"`]),
  ].join(' ')
  if (element['type'] === 'button') return buttonHtml(element, data, reader)
  if (element['type'] === 'datepicker') return `<input type=date ${data}>`
  const label = textHtml(element['placeholder'], reader) || '⋯'
  return `<select ${data}><option value="">${label}</option>${optionsHtml(element, reader)}</select>`
}

function buttonHtml(element: Json, data: string, reader: Reader): string {
  const value = typeof element['value'] === 'string' ? ` data-value="${escaped(element['value'])}"` : ''
  const url = typeof element['url'] === 'string' && /^https?:/.test(element['url']) ? element['url'] : undefined
  const link = url === undefined ? '' : ` data-url="${escaped(url)}"`
  const style = element['style'] === 'danger' || element['style'] === 'primary' ? ` class=${element['style']}` : ''
  return `<button type=button ${data}${value}${link}${style}>${textHtml(element['text'], reader)}</button>`
}

function confirmOf(confirm: unknown): string {
  if (!isObject(confirm)) return 'Really?'
  return [confirm['title'], confirm['text']].map((one) => (isObject(one) ? String(one['text']) : '')).join('\n')
}

function optionsHtml(element: Json, { names }: Reader): string {
  if (element['type'] === 'users_select')
    return [...names].map(([id, name]) => `<option value="${escaped(id)}">${escaped(name)}</option>`).join('')
  const groups = listOf(element['option_groups']).flatMap((group) => (isObject(group) ? listOf(group['options']) : []))
  return [...listOf(element['options']), ...groups]
    .map((one) => (isObject(one) ? one : {}))
    .map((one) => `<option value="${escaped(String(one['value']))}">${labelOf(one['text'])}</option>`)
    .join('')
}

function labelOf(text: unknown): string {
  return isObject(text) ? safe(String(text['text'])) : ''
}

function textHtml(text: unknown, reader: Reader): string {
  if (!isObject(text) || typeof text['text'] !== 'string') return ''
  return text['type'] === 'mrkdwn' ? mrkdwn(text['text'], reader) : styled(escaped(text['text']))
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
