import type { Account } from './account.js'
import type { Lifecycle } from './lifecycle.js'
import { PagerDutySimulatorError, type SimService, type SimUser } from './model.js'
import { createTeam, type Team } from './setup.js'

interface NewUser {
  readonly id?: string
  readonly name: string
  readonly email: string
  readonly phone?: string
}

interface OnCallOptions {
  /** default: the main policy */
  readonly policyId?: string
  /** sets the acknowledgement timeout of the services that use the policy; 0 = none */
  readonly ackTimeoutMinutes?: number
  readonly levelDelayMinutes?: number
  readonly loops?: number
  /** ISO time; after it nobody is on call. Absent: permanent. */
  readonly until?: string
}

type ServiceSettings = Partial<
  Pick<
    SimService,
    | 'status'
    | 'alertGrouping'
    | 'autoPause'
    | 'urgency'
    | 'acknowledgementTimeoutSeconds'
    | 'autoResolveTimeoutSeconds'
    | 'suppress'
  >
>

/** What a person with the PagerDuty web page open could do. */
export interface PagerDutyControls {
  addUser(user: NewUser): { readonly id: string }
  addTeamService(name: string): Team
  /** `levels[0]` is level 1; `[]` means that nobody is on call. */
  setOnCall(levels: readonly (readonly string[])[], o?: OnCallOptions): void
  /** Changes a service; without an id the main one. */
  service(settings: ServiceSettings, serviceId?: string): void
  /** What the account has paid for, as `GET /abilities` lists it. */
  setAbilities(abilities: readonly string[]): void
  acknowledge(incidentId: string, userId: string): void
  resolve(incidentId: string, userId: string): void
  /** The acknowledgement runs out now. */
  unacknowledge(incidentId: string): void
  /** Puts off the next call for so long; it stays acknowledged. */
  snooze(incidentId: string, userId: string, minutes: number): void
  reassign(incidentId: string, userIds: readonly string[], byUserId: string): void
  note(incidentId: string, userId: string, content: string): void
  merge(sourceId: string, targetId: string, userId: string): void
}

export function createControls(account: Account, lifecycle: Lifecycle, main: Team): PagerDutyControls {
  const person = (userId: string) => ({ kind: 'user', id: account.user(userId).id }) as const
  return {
    ...createDirectoryControls(account, main),
    acknowledge: (id, userId) => lifecycle.acknowledge(open(account, id, 'acknowledged'), person(userId)),
    resolve: (id, userId) => lifecycle.resolve(open(account, id, 'resolved'), person(userId)),
    unacknowledge: (id) => lifecycle.unacknowledge(open(account, id, 'unacknowledged'), null),
    snooze: (id, userId, minutes) => lifecycle.snooze(open(account, id, 'snoozed'), minutes * 60, person(userId)),
    reassign(id, userIds, by) {
      for (const userId of userIds) account.user(userId)
      lifecycle.reassign(open(account, id, 'reassigned'), userIds, person(by))
    },
    note: (id, userId, content) => void lifecycle.annotate(account.incident(id), account.user(userId).id, content),
    merge: (sourceId, targetId, userId) =>
      lifecycle.merge(open(account, sourceId, 'merged'), open(account, targetId, 'merged into'), person(userId)),
  }
}

function createDirectoryControls(account: Account, main: Team) {
  return {
    addUser(user: NewUser) {
      const added: SimUser = { ...user, id: user.id ?? account.id('P'), phone: user.phone ?? null }
      account.users.set(added.id, added)
      return { id: added.id }
    },
    addTeamService: (name: string) => createTeam(account, name),
    setOnCall(levels: readonly (readonly string[])[], o: OnCallOptions = {}) {
      for (const userId of levels.flat()) account.user(userId)
      const policy = account.policy(o.policyId ?? main.escalationPolicyId)
      policy.levels = levels
      policy.until = o.until === undefined ? null : Date.parse(o.until)
      policy.levelDelayMinutes = o.levelDelayMinutes ?? policy.levelDelayMinutes
      policy.loops = o.loops ?? policy.loops
      if (o.ackTimeoutMinutes !== undefined) {
        for (const service of account.services.values()) {
          if (service.escalationPolicyId === policy.id) {
            service.acknowledgementTimeoutSeconds = o.ackTimeoutMinutes === 0 ? null : o.ackTimeoutMinutes * 60
          }
        }
      }
      account.emit({ kind: 'account', what: `on call changed: ${policy.name}` })
    },
    service(settings: ServiceSettings, serviceId = main.serviceId) {
      const service = account.service(serviceId)
      Object.assign(service, settings)
      account.emit({ kind: 'account', what: `service changed: ${service.name}` })
    },
    setAbilities(abilities: readonly string[]) {
      account.abilities.clear()
      for (const ability of abilities) account.abilities.add(ability)
    },
  }
}

function open(account: Account, id: string, doing: string) {
  const incident = account.incident(id)
  if (incident.status !== 'resolved') return incident
  throw new PagerDutySimulatorError(`Incident #${incident.number} is resolved; it cannot be ${doing} any more.`)
}
