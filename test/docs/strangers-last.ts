/**
 * As `strangers-after.ts`, once more: written when the search was mended for those too, committed before it was run on
 * these, and nothing was mended for these. They are what the search is worth on words that nobody had in mind: 30 of the
 * 40 (27 before it was mended), and something for 5 of the 20 that are about nothing. Do not mend it for one of them.
 */
import type { Said } from './labelled.js'

/** As `STRANGERS`. */
export const STRANGERS_LAST: readonly Said[] = [
  ['reset link says it is expired the second it arrives, for every account we tried', ['login']],
  ['the whole finance dept cant enter the backoffice since okta did their thing', ['login']],
  ['guest tried 5 cards, all refused. colleague too. my own as well', ['payments']],
  ['stripe dashboard: success rate fell off a cliff at 01:20, 88 -> 9', ['payments']],
  [
    'Lock wait ... pid 4411 blocks 63 others, holding AccessExclusiveLock on bookings since 00:12',
    ['postgres', 'migrations'],
  ],
  ['reads from the follower are 25 min in the past', ['postgres']],
  ['mailgun: 4k x "Too old", 2k x "550 5.7.1 blocked". open rates 0', ['email']],
  ['we wished every guest ever a happy stay in their letterbox. at 3am. the wrong list', ['email']],
  ['hey twilio balance is at -12 dollars', ['sms']],
  ['new signups stuck on "enter the number we texted you", nothing comes', ['sms']],
  ['results page is blank for whatever town i choose, direct links to flats are ok', ['search']],
  ['avatars and room shots all come back as broken icon, admin too', ['uploads']],
  ['cf says Error 522 in frankfurt but the origin answers me directly', ['cdn']],
  ['iphone says "this connection is not private" when i open our page', ['tls']],
  ['we let rooms.example lapse, somebody in panama owns it now', ['dns']],
  [
    'org.apache.kafka.common.errors.SerializationException: Error deserializing key/value for partition invoices-3 at offset 88112',
    ['kafka'],
  ],
  ['the PMS people get our calls, but the signature never matches, they throw all of it away', ['webhooks']],
  [
    'java.lang.NullPointerException at com.rooms.android.MainActivity.onCreate, 14k devices since the 8.2 went to 50 percent',
    ['mobile'],
  ],
  ['found our sk_live in a screenshot on a support forum', ['secrets']],
  ['ex-cto can still get into the production console', ['secrets']],
  ['customer called: after she signed in she had some mans trips and his card digits in front of her', ['privacy']],
  ['csv with birthdays and passports of 6000 guests sits on an open link, google has it', ['privacy']],
  ['hundreds of brand new accounts write the same whatsapp link to all hosts', ['abuse']],
  ['cpu on the bastion is 100, process called kdevtmpfsi, nobody of us started it', ['abuse']],
  [
    'cleanup script had the date the wrong way round, it kept the old and threw away everything from this year',
    ['backups'],
  ],
  ['pipeline waits on "AddIndexToStays" since forty minutes, should i kill it', ['migrations']],
  [
    'tripadvisor crawls through our api at their usual speed and now half their calls come back as too many',
    ['rate-limits'],
  ],
  ['hosts got october money again, on top of november', ['payouts']],
  ['looker tiles all say no results, finance closes the month today', ['warehouse']],
  ['invoice run of the 25th: the log has nothing, no start, no end, as if there was no 25th', ['scheduled', 'payouts']],
  ['LaunchDarkly unreachable, everybody sees the unfinished chat', ['flags']],
  [
    'guest stands in the hall with her kids, other people are asleep in her apartment and they have papers too',
    ['bookings'],
  ],
  ['someone typed 89 cents instead of 89 euros for the whole of august', ['prices']],
  ['apple mail from sunday "your push services certificate will expire in 0 days"', ['push-certificate']],
  ['i flushed one prefix and now every page takes 9 seconds, the db melts', ['cache', 'postgres']],
  ['support wants two lines for the public page, who may post there', ['status-page']],
  ['heroku run bash hangs, builds hang, their twitter is full of it', ['heroku-status']],
  ['State changed from starting to crashed, Process exited with status 1, at=error code=H10', ['heroku-errors']],
  ['KeyError: key not found: "MAPS_TOKEN" config/initializers/maps.rb:3', ['config-vars']],
  ['android: FCM answers 503 to each and every send', ['fcm']],
]

/** As `STRANGERS_NOTHING`. */
export const STRANGERS_LAST_NOTHING: readonly string[] = [
  'who has the projector remote, the board sits in the dark',
  'a ceiling lamp fell on a guest in flat 9, she is bleeding',
  'my git rebase ate two days of work, can somebody help',
  'the vending machine took my coin and gave nothing',
  'zendesk macros are sorted by age again, annoying',
  'homepage video is a bit loud on my tv',
  'the landlord of the munich office wants the rent today or he changes the locks',
  'storm warning for the coast, should we call the hosts there',
  'excel crashes when i open the budget',
  'apple store has no appointment for my broken screen before monday',
  'rollbar sends me five mails a day, how do i mute it',
  'somebody parked in front of the loading ramp, number plate B-XY 12',
  'flaky test in calendar_spec again, retried 3 times',
  'a guests dog bit the neighbour',
  'cannot hear you, rejoin please',
  'contrast of the footer is too low, a blind user complained',
  'the intern is stuck in the lift',
  'which of you ordered 40 keyboards',
  'our seo agency says we lost two places for "cheap rooms lisbon"',
  'power is out in the call centre in porto',
]
