import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createTurns } from '../../src/adapters/store/limits.js'

const soon = () => performance.now() + 10_000

describe('turns on the one connection', () => {
  it('come in order of arrival, urgent ones first', async () => {
    const turns = createTurns()
    const order: string[] = []
    const work = async (name: string, urgent: boolean) => {
      const end = await turns.take(soon(), urgent)
      order.push(name)
      end()
    }
    const end = await turns.take(soon())
    const all = [work('a', false), work('b', false), work('page 1', true), work('c', false), work('page 2', true)]
    end()
    await Promise.all(all)
    expect(order).toEqual(['page 1', 'page 2', 'a', 'b', 'c'])
  })

  it('pass by whoever has given up, and by nobody else', async () => {
    const turns = createTurns()
    const end = await turns.take(soon())
    const late = turns.take(performance.now() + 1)
    const patient = turns.take(soon())
    await expect(late).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    end()
    end()
    const endOfPatient = await patient
    const next = turns.take(soon(), true)
    endOfPatient()
    ;(await next)()
    await expect(turns.take(soon())).resolves.toBeTypeOf('function')
  })

  it('let a message in between, however much waits', async () => {
    const turns = createTurns()
    let waiting = 2_000
    let left = Number.NaN
    const server = createServer((socket) => {
      left = waiting
      socket.end()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const client = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1')
    const busy = Array.from({ length: waiting }, async () => {
      const end = await turns.take(soon())
      const until = performance.now() + 0.1
      while (performance.now() < until);
      waiting -= 1
      end()
    })
    await once(client, 'close')
    await Promise.all(busy)
    server.close()
    expect(left).toBeGreaterThan(0)
  })
})
