/**
 * What this fake of Heroku's Platform API claims to do; a test fails for each entry that no test names.
 *
 * Sources: the Platform API Reference on devcenter.heroku.com (sections App, Config Vars, Formation, Release, Error Responses,
 * Rate Limits, Ranges) and the JSON schema that the API serves itself. Left out: everything that switches do not call.
 */
export const coverage = {
  endpoints: [
    'GET /apps/:app',
    'GET /apps/:app/formation/:type',
    'PATCH /apps/:app/formation',
    'GET /apps/:app/config-vars',
    'PATCH /apps/:app/config-vars',
    'GET /apps/:app/releases',
    'POST /apps/:app/releases',
    'GET /apps/:app/releases/:release/config-vars',
  ],
  /** Ids of Error Responses, each with the status that the reference gives it. */
  errors: [
    'unauthorized 401',
    'delinquent 402',
    'forbidden 403',
    'not_found 404',
    'not_acceptable 406',
    'invalid_params 422',
    'rate_limit 429',
    'maintenance 503',
  ],
  /** Ways to lose an answer. */
  faults: ['hang', 'reset', 'applyThenReset'],
} as const
