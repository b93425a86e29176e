/** Processes of their own for the tests of the store. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** Starts the process described in `writer.ts`. */
export function startWriter(args: readonly string[], shell?: string): ChildProcess {
  const command = [process.execPath, '--import', 'tsx', fileURLToPath(new URL('./writer.ts', import.meta.url)), ...args]
  const [file = '', ...rest] = shell ? ['sh', '-c', `${shell}; exec "$@"`, 'writer', ...command] : command
  return spawn(file, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
}

/** Everything a process says, one line an entry, until it ends or `enough` does. */
export async function linesOf(child: ChildProcess, enough = Number.POSITIVE_INFINITY): Promise<readonly string[]> {
  const lines: string[] = []
  const { stdout } = child
  if (!stdout) return lines
  const exited = child.exitCode === null ? once(child, 'exit') : undefined
  for await (const line of createInterface({ input: stdout })) {
    lines.push(line)
    if (lines.length === enough) child.kill('SIGKILL')
  }
  await exited
  return lines
}

/** Three processes that open the same new stores at the same moments; answers what each said. */
export async function openThrice(urls: readonly string[]): Promise<readonly string[]> {
  const processes = [1, 2, 3].map(() => startWriter(['open', ...urls]))
  let ready = 0
  const said = processes.map((child) => {
    child.stdout?.once('data', () => {
      ready += 1
      if (ready === processes.length) for (const each of processes) each.stdin?.write('!')
    })
    return linesOf(child)
  })
  return (await Promise.all(said)).flatMap((lines) => lines.filter((line) => line !== 'ready'))
}
