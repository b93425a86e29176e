/** What people ask who run things: releases, servers, settings, and the incident itself. Pure. English; a second language is a second list. Adds to the topics of the other lists, and has some of its own. */
import type { Topic } from './topic.js'

/** By the same names as the other lists. */
export const RUNNING: Readonly<Record<string, Topic>> = {
  deploy: {
    names:
      'shipped, ship it back, prior version, previous slug, v number, last good, last green, known good, ' +
      'bad commit, sha, last good version, known good version, version before, go back to yesterday, ' +
      'back to yesterday, put back the, back to the previous, back to the last, shipped at, shipped something, ' +
      'merged something, after the merge, since the merge, who deployed, ' +
      'who shipped, undo it, went out at, rejected push, push rejected, compile slug, ' +
      'slug compilation, failed to compile, release command failed, release phase, build failed, worked before, ' +
      'worked until, was fine until, was fine at, fine before, broke right after',
    alarms: '',
    hints: 'shipped, ship, undo, prior, slug, buildpack, bundle install',
  },
  capacity: {
    names:
      'web processes, web process, workers count, vertical, performance l, standard 2x, bigger dynos, ' +
      'bigger boxes, more web, traffic jam, requests queueing, requests queue, requests waiting, ' +
      'visitors at once, users at once, people at once, on television, tv show, went viral, front page, ' +
      'black friday, super bowl, sold out concert, way more web, everyone comes, more visitors, ' +
      'twice the traffic, not enough servers, not enough web, all web busy, all puma, puma threads, ' +
      'thread pool, cpu at 100',
    alarms: '',
    hints: 'tv, influencer, tiktok, visitors, queueing, processes, sale, flash, concurrent, puma, campaign',
  },
  errors: {
    names:
      'at error, code h, boot failed, r15, h11, h16, h17, h19, h21, h22, h23, h80, l10, l15, error r, sigkill, ' +
      'sigterm, 137, at error code, state changed from up, up to crashed, exited with status, failed to bind, ' +
      'web process failed, port within, error r14, error r15, error r10, error r12, stopping all processes, ' +
      'no web processes, connection closed without, backend connection refused, client connection interrupted, ' +
      'idle connection, bad chunk, swap',
    alarms: '',
    hints: 'exited, status, sigkill, router, desc, crashed, quota, mem, rss, swap, backend',
  },
  config: {
    names:
      'envvar, envvars, process env, env fetch, variables, env variables, secret key base, app json, ' +
      'setting of the app, key not found, keyerror, is not set, not set, env missing, changed an env, ' +
      'changed a config, unset, changed a setting, wrong env, deleted a var, removed a var, changed a variable, ' +
      'staging key, staging url, test key in production, points to staging, variable is empty, variable gone',
    alarms: '',
    hints: 'var, vars, variables, fetch, unset, restarted, staging, bounced',
  },
  logs: {
    names:
      'stdout, log lines, log line, stack traces, log stream, log output, logentries, timber, coralogix, ' +
      'datadog logs, what it prints, where are the logs, where to see, see the logs, find the logs, ' +
      'look at the logs, read the logs, tail the logs, tail the log, follow the log, get the logs, ' +
      'show me the logs, logs of the app, logs for, which log, no output, log of the app, grep the logs',
    alarms: '',
    hints: 'prints, print, output, stdout, trace, stacktrace, grep',
  },
  flags: {
    names:
      'variant, rollout percentage, experiments, a b test, feature switch, toggles, kill it for all, ' +
      'dark launch, kill the new, yank the, yank it, turn the new off, take the new, pull the feature, ' +
      'pull the new, pull that feature, new feature off, get rid of the new, stop the experiment, ' +
      'end the experiment, stop the test, back to the old, nobody should see, not supposed to see, ' +
      'not supposed to be, shouldnt be live, not meant to be, not announced, unannounced, unfinished, ' +
      'half finished feature, secret feature, before the launch, kill it for, hide the new, remove the new, ' +
      'disable the new, off for all users',
    alarms: '',
    hints: 'yank, kill, variant, hide, feature, widget, redesign, announced, unfinished, remove, disabled',
  },
  roles: {
    names:
      'incident commander, commander, incident lead, incident roles, leads the incident, runs this incident, ' +
      'run this incident, scribe, war room, coordinator, coordinates, incident call, bridge call, who leads, ' +
      'liaison',
    alarms:
      'in charge here, in charge tonight, in charge of this, in charge of the incident, who is in charge, ' +
      'nobody in charge, who leads, who is leading, whos leading, who decides, nobody decides, no one decides, ' +
      'nobody leads, nobody is leading, no one leads, take the lead, takes the lead, take charge, takes charge, ' +
      'who does what, who is doing what, whos doing what, who coordinates, nobody coordinates, ' +
      'talking over each other, all talking, too many people in, too many cooks, everybody does, ' +
      'everyone is doing, stepping on each other, step on each other, who calls the shots, has the say, ' +
      'final say, different orders, contradicting orders, conflicting orders, whose call, lead this, who is ic, ' +
      'whos ic, who is running this, who runs this, whos running this',
    hints: 'decide, decides, lead, charge, talking, bridge, command, responsible, cooks, coordinate',
  },
  severity: {
    names: 'severity, sev, sev1, sev2, sev3, sev4, sev 1, sev 2, sev 3, sev 4, p1, p2, p3, prio 1, prio, priority',
    alarms:
      'severity level, severity levels, which severity, what severity, how severe, a sev, what sev, which sev, ' +
      'is this a p1, a p1, a p2, how bad is, is it bad enough, bad enough, serious enough, should i wake, ' +
      'shall i wake, do i wake, wake people, wake anybody, wake anyone, wake up the, worth waking, out of bed, wake the, wake up the, workaround exists, ' +
      'wait till morning, wait until morning, can it wait, can this wait, wait till monday, wait until monday, ' +
      'how serious, is this a 1, is this a 2',
    hints: 'wake, wait, morning, serious, level, escalate, minor, major, critical',
  },
  review: {
    names: 'post mortem, postmortem, post incident, retrospective, retro, incident review, debrief',
    alarms:
      'post mortem, postmortem, write up, writeup, blameless, lessons learned, lesson learned, incident report, ' +
      'incident review, root cause analysis, rca, debrief, five whys, 5 whys, what we learned, learn from it, ' +
      'learn from this, whose fault, who is to blame, gets the blame, get blamed, gets blamed, being blamed, ' +
      'after action, finger pointing, never happens again, not happen again, doesnt happen again',
    hints: 'blame, learned, learn, review, fault, afterwards, retro, action items',
  },
  maintenance: {
    names:
      'maintenance, maintenance mode, maintenance page, holding page, closed sign, under construction, ' +
      'downtime page, read only mode',
    alarms:
      'maintenance mode, maintenance page, holding page, closed sign, be back soon, well be back, ' +
      'take the site offline, take the site down, take it offline, take us offline, take everything offline, ' +
      'take the shop, take the app offline, close the site, close the shop, shut the site, shut the shop, ' +
      'lock the site, keep people out, keep everyone out, keep visitors out, keep users out, ' +
      'keep customers out, everybody out, nobody gets in while, while we fix, while we repair, until we fixed, ' +
      'until its fixed, until it is fixed, sorry page, page that says, stop everybody from using, ' +
      'stop people from using',
    hints: 'closed, sign, offline, visitors, meanwhile, repair, shoppers, curtain',
  },
}
