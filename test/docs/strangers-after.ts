/**
 * As `strangers.ts`, by the same hand: written after the search was mended for those, and committed before the mended
 * search was run on these. At first sight it found 36 of the 40 (before: 30), and something for 6 of the 15 that are about
 * nothing (before: 3). Tuned on since.
 */
import type { Said } from './labelled.js'

/** As `STRANGERS`. */
export const STRANGERS_AFTER: readonly Said[] = [
  ['i get in, click one thing, and im asked who i am again. same for the whole support floor', ['login']],
  ['OmniAuth::Strategies::SAML::ValidationError Current time is later than NotOnOrAfter', ['login']],
  ['a lady was debited 1.400 thrice, she is crying on the phone', ['payments']],
  [
    '3DS window pops up, bank app says approved, then our page says try another method. everyone on mastercard',
    ['payments'],
  ],
  ['pg_stat_activity shows 200 rows waiting on one update from 40 min ago', ['postgres']],
  ['disk of the db box: 98%, 11 GB left and pg_wal keeps growing', ['postgres']],
  ['nobody who registered tonight got the welcome note with the link, not in junk either', ['email']],
  ['belgian numbers dont get the pin, swiss do. tried 4 sims', ['sms']],
  ['search for "sea view" shows flats in the alps and half the inventory isnt there', ['search']],
  ['host tries to add pictures of the bathroom, bar runs to the end then "something went wrong"', ['uploads']],
  ['safari shows the raw html, buttons do nothing, on chrome a hard refresh helps sometimes', ['cdn', 'cache']],
  ['partners java client: PKIX path building failed: unable to find valid certification path', ['tls']],
  ['firefox tells my aunt our shop is dangerous and to go back', ['tls']],
  ['dig www.example.com @8.8.8.8 -> SERVFAIL. at home it still answers', ['dns']],
  ['lag of group mailer-v2 went from 0 to 3.1M since the broker restart', ['kafka']],
  ['expedia guys ask why their side stopped hearing about new stays around noon', ['webhooks']],
  [
    'my phone: tap the icon, logo, black, back on the desktop. reinstalled twice. coworker on the same version too',
    ['mobile'],
  ],
  ['GitGuardian mail: "Sendgrid API key detected in rooms/frontend", commit from tuesday', ['secrets']],
  [
    'an intern posted the db password into the allhands channel with 300 people and guests from the agency',
    ['secrets'],
  ],
  ['invoices of one company can be opened by any other company if you edit the number in the address bar', ['privacy']],
  ['a host forwards me a chat between two guests he has nothing to do with', ['privacy']],
  ['someone pulls page after page of listings, 900 hits a second, python-requests, one hoster in moldova', ['abuse']],
  ['rails console, i was sure this is staging. Listing.destroy_all. it was not staging', ['backups']],
  [
    'rake db:migrate died in the middle of release, now model complains about a field the db doesnt have',
    ['migrations'],
  ],
  ['acme corp does an import tonight and runs into 429 all the time, can we give them more', ['rate-limits']],
  ['the run stopped after host 4120 of 9000, the others have no money, may i just start it once more?', ['payouts']],
  ['occupancy numbers the ceo looks at are those of last thursday', ['warehouse']],
  [
    'reminder mails for tomorrows checkins were never kicked off, the 18:00 thing seems to have slept',
    ['scheduled', 'email'],
  ],
  ['the redesign went out to everyone, it was meant for staff only. how do i hide it', ['flags']],
  ['flat in porto is promised to a couple and to a stag party, both arrive at 4', ['bookings']],
  ['SUMMER20 takes off 20 per cent on each reload until its free', ['prices']],
  ['apns says InvalidProviderToken / cert not valid after Nov 24', ['push-certificate', 'apns']],
  [
    'host corrected her house rules, saved, she sees the right ones, guests see the ones of last week',
    ['cache', 'cdn'],
  ],
  ['200 people in the support queue asking whats going on, which words may we use', ['status-page']],
  ['R14 R14 R14 on every worker, then it gets killed', ['heroku-errors', 'scaling']],
  ['ever since tonights version the calendar throws, put the one from this morning back please', ['heroku-releases']],
  ['three managers give three different orders, who has the say tonight', ['roles']],
  ['12 guests affected, one city, workaround exists. do i get the cto out of bed for that?', ['severity']],
  ['rpush process is up but its table of undelivered ones only gets longer', ['rpush']],
  ['samsungs and pixels get no alerts from us, iphones do', ['fcm', 'rpush']],
]

/** As `STRANGERS_NOTHING`. */
export const STRANGERS_AFTER_NOTHING: readonly string[] = [
  'a guest set the kitchen of unit 4 on fire, firefighters are inside',
  'miro board for the offsite is gone, who had it',
  'my macbook does not boot, spinning wheel since an hour',
  'Error: Cannot find module eslint-plugin-react, CI is red on my branch',
  'taxi for the investors did not come, they stand at the airport',
  'the parcel with the new routers is lost',
  'swedish translation calls the guests "strangers", looks awful',
  'anybody seen my headphones',
  'docker compose up hangs on my machine since the update',
  'cleaning crew found a wallet and a ring in room 12',
  'pagerduty app rang four times for nothing last night, what is that',
  'all hands stream has no sound',
  'a host shouts at our agent on the phone and will not hang up',
  'the screen reader skips the date field on the home page',
  'jira tickets of the whole sprint are in the wrong column',
]
