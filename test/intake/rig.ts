/** The shipped bot with its HTTP side open, and machines that post to it. */
import { createHmac } from 'node:crypto'
import { serveHttp } from '../../src/adapters/http.js'
import { createLog } from '../../src/adapters/system.js'
import { intakeRoutes } from '../../src/cli/intake-routes.js'
import { createStage, type Stage, type StageOptions } from '../support/stage.js'

export const SECRET = 'intake-secret-of-the-test'
export const GITHUB_SECRET = 'github-secret-of-the-test'

export interface IntakeStage extends Stage {
  /** Posts as it is; answers the status. */
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<number>
  /** With the secret. */
  alert(body: unknown, headers?: Readonly<Record<string, string>>): Promise<number>
  /** Signed. */
  github(event: string, body: unknown): Promise<number>
  /** Keys that PagerDuty was sent, each once. */
  pages(): readonly string[]
}

export async function openIntake(options: StageOptions = {}): Promise<IntakeStage> {
  const env = { INTAKE_SECRET: SECRET, GITHUB_WEBHOOK_SECRET: GITHUB_SECRET }
  const stage = await createStage({ ...options, env })
  const [bot] = stage.bots
  if (bot === undefined) throw new TypeError('the stage has no bot')
  const log = createLog({ level: 'silent', pretty: false, secrets: [] })
  const intake = intakeRoutes(bot.app, stage.config, log)
  const metrics = async () => ({ text: '', contentType: 'text/plain' })
  const http = await serveHttp(0, { log, health: bot.app.health, metrics, intake })
  const post: IntakeStage['post'] = async (path, body, headers = {}) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const response = await fetch(`http://127.0.0.1:${http.port}${path}`, { method: 'POST', body: text, headers })
    return response.status
  }
  return {
    ...stage,
    post,
    alert: (body, headers) => post('/intake/alert', body, { authorization: `Bearer ${SECRET}`, ...headers }),
    github(event, body) {
      const text = JSON.stringify(body)
      const signature = `sha256=${createHmac('sha256', GITHUB_SECRET).update(text).digest('hex')}`
      return post('/intake/github', text, { 'x-github-event': event, 'x-hub-signature-256': signature })
    },
    pages: () => [
      ...new Set(
        stage.pagerduty
          .requests()
          .filter((one) => one.path === '/v2/enqueue')
          .flatMap((one) => {
            const sent = one.body as { readonly event_action?: string; readonly dedup_key?: string }
            return sent.event_action === 'trigger' && sent.dedup_key !== undefined ? [sent.dedup_key] : []
          }),
      ),
    ],
    close: async () => {
      await http.close()
      await stage.close()
    },
  }
}

/** As Alertmanager writes it (webhook_config, version 4). */
export function firing(name: string, o: { fingerprint?: string; startsAt?: string; status?: string } = {}) {
  const { fingerprint = '1a30ba71cca2921f', startsAt = '2026-11-25T03:00:00.828Z', status = 'firing' } = o
  const labels = { alertname: name, severity: 'critical', instance: 'push-1' }
  const annotations = { summary: `${name} is <bad> & getting worse` }
  const endsAt = '0001-01-01T00:00:00Z'
  return {
    ...{ version: '4', groupKey: `{}:{alertname="${name}"}`, truncatedAlerts: 0, status, receiver: 'mayday' },
    ...{ groupLabels: { alertname: name }, commonLabels: labels, commonAnnotations: annotations },
    externalURL: 'http://alertmanager.example.com',
    alerts: [
      { status, labels, annotations, startsAt, endsAt, fingerprint, generatorURL: 'http://prometheus.example.com/g' },
    ],
  }
}
