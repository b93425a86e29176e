import { spawnSync } from 'node:child_process'
import { Redis } from 'ioredis'

/** True where this machine lets us pin processes to a processor and put one of them before the others. */
export const canPin = spawnSync('taskset', ['-c', '1', 'nice', '-n', '-15', 'true']).status === 0

/** A command on one processor: the server has the first one for itself, everything else shares the second. */
export function pinned(cpu: 0 | 1, command: readonly string[]): readonly [name: string, ...args: string[]] {
  const [name = '', ...args] = command
  return canPin ? ['taskset', '-c', String(cpu), name, ...args] : [name, ...args]
}

/** Moves a running process, all its threads, onto one processor. */
export function pin(pid: number, cpu: 0 | 1): void {
  if (canPin) spawnSync('taskset', ['-a', '-c', '-p', String(cpu), String(pid)])
}

/** Asks one thing on a connection of its own, however long the answer takes. */
export async function ask(port: number, command: string, ...args: (string | number)[]): Promise<string> {
  const redis = new Redis({ port, retryStrategy: () => null })
  try {
    return String(await redis.call(command, ...args))
  } finally {
    redis.disconnect()
  }
}

/** Time that the server's threads have spent on a processor, s. */
export async function serverCpu(port: number): Promise<number> {
  const info = await ask(port, 'INFO', 'cpu')
  return ['used_cpu_sys', 'used_cpu_user'].reduce(
    (sum, name) => sum + Number(new RegExp(`^${name}:([\\d.]+)`, 'mu').exec(info)?.[1]),
    0,
  )
}
