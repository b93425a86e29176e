/** What says that something is wrong, and what is none of ours. Pure. English; a second language is a second list. */

/** Words of a message that say that something is wrong, or that somebody wants it changed at once. */
export const TROUBLE =
  'down, broken, broke, break, breaking, fail, failure, error, exception, crash, dead, die, dying, died, cant, ' +
  'cannot, not, no, none, nobody, never, nothing, without, dont, doesnt, didnt, isnt, arent, wont, wasnt, ' +
  'werent, hasnt, havent, couldnt, missing, gone, lost, lose, vanish, disappear, slow, stuck, hang, hung, ' +
  'frozen, freeze, spin, loop, wrong, bad, weird, strange, garbage, twice, duplicate, double, triple, spike, ' +
  'huge, grow, rise, rising, climb, full, empty, zero, blank, leak, expose, expire, refuse, reject, deny, ' +
  'denied, decline, timeout, timed out, time out, delete, drop, corrupt, stale, outdated, late, behind, delay, ' +
  'lag, block, lock, kick, stop, halt, attack, hammer, overload, flood, spam, fatal, panic, killed, oom, unable, ' +
  'unavailable, unreachable, offline, outage, invalid, illegal, unexpected, revert, disable, off, pull, furious, ' +
  'angry, complain, red, fire, trouble, issue, problem, bug, incident, urgent, help, asap, restore, rotate, ' +
  'revoke, hack, steal, stolen, suspicious, mess, mad, crazy, insane, falling, fell, behave, bounce, misbehave, ' +
  'unhappy, flaky, intermittent, degrade, exhaust, shows, show, pile, piling, backed, instead, everywhere, ' +
  'accident, mistake, undefined, eats, eating, takes, thousands, millions, hundreds, dozens, pouring, explode, ' +
  'exploding, skyrocket, suddenly, unusual, too, closes, quits, stays, suspend, threaten, revoked, failing, ' +
  'trying, taken, shut, cut, unsafe, everyone, wait, waiting, skip, misses, forget, forgot, unpaid, unread, ' +
  'scam, stranger, negative, ugly, ringing, returned, drown, drowning, cold, claims, due, visible, bork, scream, ' +
  'melt, vanished, spinning, twitch, garbled, half, gives, forever, hour'

/** A clause with one of these is about the office, not about what we run. */
export const ELSEWHERE =
  'lunch, coffee, kitchen, office, meeting room, meeting, meetings, wifi, wi fi, vpn, printer, laptop, macbook, my monitor, second monitor, ' +
  'keyboard, charger, badge, office door, front door, back door, door down, door lock, door code, door stuck, door handle, elevator, lift, intercom, zoom, figma, slack, jira, confluence, github, ' +
  'gitlab, jenkins, ci, pull request, pr, merge queue, standup, onboarding, hiring, interview, parking lot, parking spot, parking space, parking garage, car park, ' +
  'the building, our building, building is, ceiling, fire alarm, desk, chair, heating, air conditioning, shift, vacation, holiday, birthday, ' +
  'conference, phone system, train, fridge, toilet, water leak, sick, key for, keys for, doorbell, webcam, ' +
  'headset, dry run, notion, unit test, test suite, linter, translation, typo in, opening hours, test please, ' +
  'miro, trello, asana, linkedin, dropbox, google drive, google doc, google sheet, powerpoint, keynote, ms teams, loom, ' +
  'salesforce, hubspot, workday, personio, spotify, netflix, taxi, airport, flight, offsite, all hands, team event, party for, ' +
  'christmas, pizza, catering, cake, milk, dishes, dishwasher, plants, dog, cleaning crew, cleaners, cleaner, parcel, courier, ' +
  'post office, toner, router, routers, ethernet, docking station, usb, cable, microphone, mic, webinar, recruiter, candidate, ' +
  'nda, payslip, health insurance, bike, my car, on my machine, on my computer, my machine, my computer, locally, localhost, ' +
  'my branch, on main, build is red, red build, sprint, story points, roadmap, okr, okrs, screen reader, accessibility, wcag, typo, football, ' +
  'podcast, compose up, docker compose, npm install, compile on my, my editor, my ide, sound, speakers, umbrella, wallet and, ' +
  'hang up, lost and found, pagerduty, on my phone number, t shirt, swag, plant, flowers, spider, ' +
  'please ignore, npm, yarn, pnpm, pip install, terraform, ansible, docker desktop, docker build, homebrew, vscode, eslint, prettier, xdebug, ' +
  'dependency tree, merge conflict, rebase, figjam, google docs, google meet, teams call, payroll, expense report, ' +
  'forgot to pay for, our own bill, phone line, call center, call centre, headphones, projector, testing the, just testing, only a test, wrong channel'

/** A message with one of these is about people and things in the world, all of it. */
export const OUTSIDE =
  'police, ambulance, fire brigade, fire department, firefighters, hospital, doctor, injured, ankle, lawyer, lawsuit, sue us, ' +
  'sues us, suing us, neighbour, neighbor, neighbours, neighbors, has died, passed away, smoke alarm, smoke detector, fire alarm, ' +
  'gas leak, carbon monoxide, burglar, plumber, electrician, key box, lock box, lockbox, keybox, bed bugs, bedbugs, broken window, ' +
  'heating, hot water, air conditioning, boiler, washing machine, out of the flat, out of the apartment, out of the house, ' +
  'out of the room, out of the building, power cut in, no electricity, flat tire, flat tyre'
