/** Checklists in the thread of the first emergency: found, read, ticked. */
import type { Night } from '../night/acts.js'
import type { Role } from '../night/stage.js'
import type { SimMessage } from '../slack/types.js'

export const ON_CALL = 'on-call'
export const PUSH = 'push-notifications'

/** Presses Done on a step, and waits until nobody can press it any more. */
export async function tick(night: Night, by: Role, name: string, step: string): Promise<void> {
  const message = await checklist(night, name)
  const value = await buttonOf(night, name, step)
  await night.press(by, message, 'checklist.done', value)
  const shows = () => {
    const now = find(night, name)
    return (
      now === undefined ||
      night.reading.pressables(now).some((one) => one.action === 'checklist.done' && one.value === value)
    )
  }
  await night.until(`the checklist ${name} shows the step ${step} as done`, () => !shows(), {
    seen: () => `"${find(night, name)?.text}"`,
  })
}

const TITLES: Readonly<Record<string, RegExp>> = {
  [ON_CALL]: /^Checklist On-call:/,
  [PUSH]: /^Checklist Unwanted push notifications:/,
}

function find(night: Night, name: string): SimMessage | undefined {
  return night.thread(night.emergency(0).ts).find((message) => TITLES[name]?.test(message.text) === true)
}

export function checklist(night: Night, name: string): Promise<SimMessage> {
  return night.until(`the checklist ${name} is in the thread`, () => find(night, name), {
    seen: () => `the thread has ${night.thread(night.emergency(0).ts).length - 1} replies, none like that`,
  })
}

export function lines(night: Night, name: string): readonly string[] {
  const message = find(night, name)
  return message === undefined ? [] : night.reading.lines(message)
}

/** The value of a step's buttons. */
export async function buttonOf(night: Night, name: string, step: string): Promise<string> {
  const message = await checklist(night, name)
  const all = night.reading.pressables(message).filter((one) => one.action === 'checklist.done')
  const found = all.find((one) => one.value?.endsWith(`:${step}`) === true)?.value
  night.check(`the checklist ${name} shows the step ${step}`, found !== undefined, `it shows ${all.length} open steps`)
  return found ?? ''
}

/** Waits until a step has ticked itself, shows its line, which says why. */
export async function tickedItself(night: Night, name: string, title: string, because: RegExp): Promise<void> {
  const line = await night.until(
    `the step "${title}" is ticked, and says why`,
    () => lines(night, name).find((one) => one.includes('Done') && one.includes(title) && because.test(one)),
    { seen: () => lines(night, name).join(' / ') },
  )
  night.tell.shows(line.split('\n')[0] ?? '', { label: 'checklist:' })
}
