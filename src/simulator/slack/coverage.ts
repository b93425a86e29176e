import { METHODS } from './api/methods.js'
import { FAULT_KINDS } from './faults.js'

/** What this fake claims to do; a test fails for each entry that no test names. */
export const coverage = {
  /** Web API methods. */
  methods: Object.keys(METHODS),
  /** Ways to answer one call badly. */
  faults: FAULT_KINDS,
  /** Ways in which the whole workspace misbehaves. */
  disasters: [
    'refreshSockets',
    'dropSockets',
    'deafen',
    'outage',
    'tooManyWebsockets',
    'disableLink',
    'revokeTokens',
    'appRateLimited',
  ],
  /** What people do. */
  acts: [
    'say',
    'edit',
    'erase',
    'react',
    'press',
    'pressInView',
    'slash',
    'shortcut',
    'submit',
    'closeView',
    'openHome',
    'setPersonMembership',
    'setUserGroup',
  ],
} as const
