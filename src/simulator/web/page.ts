/** The page around the workspace: what it looks like, and the little that the browser does by itself. */

const STYLE = `
:root { --ink: #1d1c1d; --soft: #616061; --line: #ddd; --deep: #3f0e40; --go: #007a5a; --bad: #c01343 }
* { box-sizing: border-box }
body { margin: 0; font: 15px/1.46 system-ui, sans-serif; color: var(--ink); display: grid; height: 100vh;
  grid-template: 1fr auto / 250px 1fr }
aside { grid-row: 1 / 3; background: var(--deep); color: #e8dfe8; padding: 16px; overflow: auto; font-size: 14px }
aside h1 { font-size: 18px; margin: 0 0 4px } aside h2 { font-size: 13px; margin: 20px 0 6px; opacity: .8 }
aside ul { list-style: none; padding: 0; margin: 0 } aside li { margin: 0 0 8px } aside li small { display: block; color: inherit; opacity: .8 }
aside select { width: 100%; padding: 4px } li.triggered b { color: #ff8fa8 } li.acknowledged b { color: #ffd479 }
li.resolved b { color: #8fe0b8 }
main { overflow: auto; padding: 12px 20px; scroll-behavior: auto }
#say { display: flex; gap: 8px; padding: 10px 20px; border-top: 1px solid var(--line) }
#say input { flex: 1; padding: 8px; font: inherit; border: 1px solid #999; border-radius: 6px }
.message { display: flex; gap: 10px; padding: 6px 0; max-width: 860px }
.message > div:last-child { min-width: 0; flex: 1 }
.face { flex: none; width: 34px; height: 34px; border-radius: 6px; background: #7c8896; color: #fff; display: grid;
  place-items: center; font-weight: 700 } .bot > .face { background: var(--bad) }
.whisper { background: #fdf8e8; padding: 6px 8px; border-radius: 6px }
.thread { margin: 0 0 14px 16px; padding-left: 26px; border-left: 3px solid #eee }
time, small, .context { color: var(--soft); font-size: 12.5px } .body { overflow-wrap: anywhere }
.section { display: flex; gap: 12px; justify-content: space-between; margin: 3px 0 } .side { flex: none }
.actions { display: flex; flex-wrap: wrap; gap: 6px; margin: 6px 0 } hr { border: 0; border-top: 1px solid var(--line) }
h3 { margin: 6px 0; font-size: 17px } code { background: #f4f4f5; border: 1px solid var(--line); border-radius: 3px;
  padding: 0 3px; font-size: 12.5px; color: #b3163f } a { color: #1264a3 } .name { color: #1264a3; background: #e8f2fa }
button, select { font: inherit; font-size: 13px; padding: 3px 10px; border: 1px solid #bbb; border-radius: 6px;
  background: #fff; cursor: pointer; max-width: 320px } button:hover { background: #f5f5f5 }
.primary { background: var(--go); color: #fff; border-color: var(--go) } .danger { background: var(--bad); color: #fff;
  border-color: var(--bad) } .reply { border: 0; color: #1264a3; padding: 2px 0 }
#form:empty { display: none } #form { position: fixed; inset: 0; background: #0007; display: grid; place-items: center }
form[data-view] { background: #fff; border-radius: 10px; padding: 18px 22px; width: min(540px, 92vw); max-height: 88vh;
  overflow: auto } form label { display: block; font-weight: 600; margin: 10px 0 } form label :is(input, textarea, select) {
  display: block; width: 100%; max-width: none; padding: 7px; font: inherit; margin: 4px 0 } .error { color: var(--bad) }
form .actions { justify-content: flex-end } #told { color: var(--bad); align-self: center; font-size: 13px }
@media (max-width: 760px) { body { grid-template: auto 1fr auto / 1fr } aside { grid-row: 1; max-height: 30vh } }
`

const SCRIPT = `
const $ = (id) => document.getElementById(id)
const drawn = {}
let thread
const as = () => $('as').value
async function draw() {
  const answer = await fetch('/parts?as=' + as()).catch(() => undefined)
  $('told').textContent = answer?.ok ? '' : 'The demo has ended.'
  if (!answer?.ok) return
  const main = $('channel')
  const atEnd = main.scrollHeight - main.scrollTop - main.clientHeight < 80
  for (const [id, html] of Object.entries(await answer.json())) {
    if (drawn[id] === html) continue
    drawn[id] = html
    $(id).innerHTML = html
    if (id === 'channel' && atEnd) main.scrollTop = main.scrollHeight
    if (id === 'form') $('form').querySelector('input, textarea')?.focus()
  }
}
async function send(path, body) {
  const answer = await fetch(path, { method: 'POST', body: JSON.stringify({ user: as(), ...body }) })
  if (!answer.ok) alert((await answer.json()).error)
  await draw()
}
function press({ action, ts, view, value, confirm: ask, url }, selected) {
  if (ask && !confirm(ask)) return
  if (url) open(url, '_blank', 'noreferrer')
  send('/press', { action, ts, view, value: selected ?? value })
}
document.addEventListener('click', ({ target }) => {
  const button = target.closest('button')
  if (!button) return
  const { action, reply, close } = button.dataset
  if (action) press(button.dataset)
  if (close) send('/close', { view: close })
  if (reply) { thread = reply; $('text').placeholder = 'Reply in the thread'; $('text').focus() }
})
document.addEventListener('change', ({ target }) => {
  if (target.id === 'as') draw()
  if (target.dataset.action && !target.closest('label') && target.value) press(target.dataset, target.value)
})
document.addEventListener('submit', (event) => {
  event.preventDefault()
  const { view } = event.target.dataset
  if (view) {
    const values = {}
    for (const field of event.target.querySelectorAll('[name]'))
      if (field.value) values[field.name] = { [field.dataset.action]: field.value }
    send('/submit', { view, values })
    return
  }
  const text = $('text').value.trim()
  if (!text) return
  if (text.startsWith('/')) send('/type', { text })
  else send('/say', { text, ...(thread ? { thread } : {}) })
  $('text').value = ''
  $('text').placeholder = $('text').dataset.usual
  thread = undefined
})
addEventListener('keydown', ({ key }) => { if (key === 'Escape') $('form').querySelector('[data-close]')?.click() })
draw()
setInterval(draw, 700)
`

/** `nonce` lets this page's script run and no other one; `people` are those as whom one can act, by role. */
export function pageHtml(nonce: string, people: readonly (readonly [role: string, name: string])[]): string {
  const options = people
    .map(([role, name]) => `<option value="${role}"${role === 'alex' ? ' selected' : ''}>${name}</option>`)
    .join('')
  const usual = 'Write in #emergency as this person: it pages. Or type /purge-push, /mayday, /incident-checklist'
  return `<!doctype html><html lang=en><meta charset=utf-8><title>Mayday demo</title>
<meta name=viewport content="width=device-width"><style>${STYLE}</style>
<aside><h1>Mayday demo</h1>A simulated Slack, and the real bot in it.
<h2>You are</h2><select id=as aria-label="You are">${options}</select>
<h2>Channel</h2># emergency<h2>PagerDuty (simulated)</h2><ul id=pager></ul></aside>
<main id=channel></main>
<form id=say><input id=text aria-label="Message" autocomplete=off data-usual="${usual}" placeholder="${usual}"><button class=primary>Send</button><span id=told></span></form>
<div id=form></div><script nonce="${nonce}">${SCRIPT}</script></html>`
}

/** Nothing from elsewhere, whatever a message holds. */
export function pagePolicy(nonce: string): string {
  return `default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-${nonce}'; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'`
}
