import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { canPin, pinned } from './server.js'

/** What the application beside a purge felt, ms. */
export interface Felt {
  readonly ops: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

export interface Traffic {
  /** What it feels while `work` goes on. */
  during<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly felt: Felt }>
  stop(): Promise<void>
}

const SCRIPT = fileURLToPath(new URL('./foreground.ts', import.meta.url))

/** why nice: the application lives on other machines; what it waits for a processor of this one is not the purge's doing. */
export async function startTraffic(port: number, perSecond: number): Promise<Traffic> {
  const node = [process.execPath, '--import', 'tsx', SCRIPT, String(port), String(perSecond)]
  const [name, ...args] = canPin ? pinned(1, ['nice', '-n', '-15', ...node]) : pinned(1, node)
  const child = spawn(name, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const answers = createInterface({ input: child.stdout })
  const ask = async (): Promise<Felt> => {
    const answer = once(answers, 'line')
    child.stdin.write('end\n')
    const [line] = await answer
    return JSON.parse(String(line)) as Felt
  }
  await ask()
  return {
    async during(work) {
      child.stdin.write('begin\n')
      const value = await work()
      return { value, felt: await ask() }
    },
    async stop() {
      const exited = once(child, 'exit')
      child.stdin.end()
      await exited
    },
  }
}
