/** `mayday purge impact`: whom the notifications reached that a purge removed, and the devices to write to. */
import { open, rm } from 'node:fs/promises'
import { readNotification } from '../adapters/redis/rpush/notification.js'
import { MaydayError } from '../errors.js'
import { createImpacts, type Impacts } from '../purge/impact/impact.js'
import { impactLines, listedWords } from '../purge/impact/words.js'
import type { Call, Exit } from './io.js'
import { mustBeAllowed, type Terminal } from './purging.js'

/** `number`: of the purge. `--devices FILE` writes the tokens, for those who may purge. */
export async function tellImpact(call: Call, terminal: Terminal, number: number | undefined): Promise<Exit> {
  if (number === undefined) {
    const hint = 'mayday purge history shows the numbers.'
    throw new MaydayError('USAGE', { what: 'Say which purge, by its number; nothing was read.', hint })
  }
  const { devices: file } = call.flags
  if (file !== undefined) mustBeAllowed(terminal)
  const impacts = createImpacts({ ...terminal.deps, readNotification })
  const report = await impacts.report(number, terminal.asking.by)
  if (!call.json) for (const words of impactLines(report)) call.io.out(words)
  if (typeof file !== 'string') {
    if (call.json) call.io.out(JSON.stringify(report))
    return 0
  }
  const listed = await writeDevices(impacts, number, terminal, file)
  call.io.out(call.json ? JSON.stringify({ ...report, listed: { file, devices: listed } }) : listedWords(listed, file))
  return 0
}

/** A new file that only its owner may read; gone again unless all of it was written and recorded. */
async function writeDevices(impacts: Impacts, number: number, { asking }: Terminal, path: string): Promise<number> {
  const file = await open(path, 'wx', 0o600).catch((cause: unknown) => {
    throw notWritten(path, cause)
  })
  try {
    const listed = await impacts.devices(number, asking.by, async (lines) => {
      await file.appendFile(lines).catch((cause: unknown) => {
        throw notWritten(path, cause)
      })
    })
    await file.close()
    return listed
  } catch (error) {
    await file.close().catch(() => undefined)
    await rm(path, { force: true })
    throw error
  }
}

function notWritten(path: string, cause: unknown): MaydayError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const what =
    code === 'EEXIST'
      ? `${path} exists already; it was left as it is, and no devices were given out.`
      : `${path} could not be written${code === '' ? '' : ` (${code})`}; no devices were given out.`
  return new MaydayError('USAGE', { what, hint: 'Name a new file in a folder where this user may write.', cause })
}
