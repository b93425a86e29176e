/** What people see of what they use, before they know which system it is. Pure. English; a second language is a second list. Adds to the topics of the other lists, and has some of its own. */
import type { Topic } from './topic.js'

/** By the same names as the other lists. */
export const PEOPLE: Readonly<Record<string, Topic>> = {
  login: {
    names:
      'signing in, sign in page, sign in form, login screen, sso login, assertion, keyring, 2 factor, ' +
      'two factor, csrf, lets nobody in, let them in, cant come in, not get in, shut out, back to the sign in, ' +
      'asks for the password, asked to sign in, asked who i am, asks who i am, sign in again, log in again, invalid grant, invalid token, jwt expired, token expired, ' +
      'invalidauthenticitytoken, invalid authenticity token, csrf token, saml response, clock skew, ' +
      'reset link expired, account locked, accounts locked, sessions gone, sessions lost, every session',
    alarms: '',
    hints: 'logging, accounts, session, factor, again, forgot, reset, nobody',
  },
  payments: {
    names:
      'bank statement, card statement, their card, her card, his card, my card, our acquirer, pay button, ' +
      'pay now, place order, money back, paying, checkout button, cardholder, card holder, merchant account, ' +
      'sca, bank shows, statement shows, card error, card_error, invalidrequesterror, payment intent, ' +
      'requires action, took the payment, debited, debited twice, two charges, same charge, charge them, ' +
      'not take money, no money comes in, no money coming in, stopped earning, not refunded, refunds stuck, ' +
      'idempotency key',
    alarms: '',
    hints:
      'statement, twice, bank, guest, button, double, spinner, intent, stay, revenue, authorised, accept, ' +
      'cards, sales',
  },
  payouts: {
    names:
      'hosts money, landlord, landlords, nacha, payee, payees, creditor, bank run, balance transfer, ' +
      'not got their money, waiting for their money, wait for their money, wheres my money, where is my money, ' +
      'money on their account, money on their accounts, no money on, got no money, did not get money, ' +
      'paid the hosts, paid hosts, owners money, pay the hosts',
    alarms: '',
    hints: 'hosts, owners, owner, their, accounts, waiting, friday, iban, landlord, wired, file',
  },
  email: {
    names:
      'mailings, letters, mx logs, mailgun events, mail provider, booking confirmation mail, smtp error, ' +
      'transactional, postbox, spam box, junk folder, junk, mailto, sender reputation, suppression, ' +
      'suppression list, 5 7 1, 5 1 1, 4 7 0, 5 7 26, 550, 421, 554, 451, greylisted, deferred, ' +
      'temporarily deferred, relay access denied, hard bounce, soft bounce, not in spam, into spam, ' +
      'dear first name, dear name, first name, firstname, wrong template, test mail, unauthenticated sender, ' +
      'dkim fail, spf fail, lands in junk, went to everybody',
    alarms: '',
    hints:
      'letters, land, subscribers, subscriber, gmail, sent out, went out, folder, arrive, confirmations, dear, ' +
      'addresses',
  },
  sms: {
    names:
      'txt, txts, sms provider, sender id, phone number verification, phone code, codes by phone, ' +
      'code by phone, passcode, pin code, carrier, carriers, msisdn, sim, alphanumeric sender, a2p, 10dlc, ' +
      '6 digit, 6 digits, six digit, six digits, 4 digit, four digit, digit code, digits, 30003, 30005, 30006, ' +
      '30007, 30008, 30034, 21610, 21211, 21408, 21614, carrier violation, unknown destination, ' +
      'landline or unreachable, code never comes, codes never come, code doesnt come, no code on',
    alarms: '',
    hints: 'phones, mobile number, vodafone, telekom, numbers, undelivered, handset, one time, type in, security code',
  },
  search: {
    names:
      'searches, searching, searched, kibana index, lookup by city, index alias, alias, analyzer, query string, ' +
      'suggester, es, circuit breaking, circuitbreaking, search phase execution, searchphaseexecution, ' +
      'all shards failed, index not found, indexnotfound, no such index, cluster block, read only allow delete, ' +
      'flood stage, watermark exceeded, nothing comes up, nothing shows up, type anything, types anything, ' +
      'whatever i type, whatever you type, shows no homes, shows no flats, no homes, no listings, ' +
      'no flats found, 0 homes, 0 listings, 0 places, nothing found, no places, wrong cities, wrong city',
    alarms: '',
    hints: 'type, typing, city, cities, homes, places, destination, filter, sort, yellow, jvm',
  },
  uploads: {
    names:
      'pics, shots, snapshots of the flat, presigned, presigned url, put object, getobject, multipart, libvips, ' +
      'vips, exif, profile picture, gallery, galleries, floor plan, selfie, jpg, webp, floorplans, ' +
      'signaturedoesnotmatch, signature does not match, requesttimetooskewed, entitytoolarge, entity too large, ' +
      'payload too large, 413, grey box, grey boxes, gray boxes, gray box, black square, placeholder image, ' +
      'placeholder picture, no such bucket, upside down, stuck at 99, progress bar, stuck at 100',
    alarms: '',
    hints: 'boxes, bar, gallery, blurry, camera, drag, objects, pics, listings, rotated, bytes, mb',
  },
  mobile: {
    names:
      'sigabrt, exc bad access, nsexception, nullpointerexception in, mainactivity, swift error, kotlin, ' +
      'react native, the apps, phased release, phased rollout, staged rollout, hockeyapp, firebase crashlytics, ' +
      'nsinvalidargument, bundle version, appdelegate, mobile apps, fatal exception main, fatal signal, ' +
      'exc_bad_access, terminating app, uncaught exception, opens and closes, opens and is gone, ' +
      'opens and dies, splash screen, home screen, back to the home screen, stuck on logo, app just closes, ' +
      'app dies, app is gone, star reviews, one star reviews, in the stores, pull the release, ' +
      'pull the rollout, pull the build, pull the app, pull it from, broken build, wont start crash free, ' +
      '1 star, force everyone to update',
    alarms: '',
    hints:
      'store, stores, blink, blinks, pixel, rollout, installed, update, updating, updated, reinstall, version, ' +
      'tap, reviews, star, stars, huawei, xiaomi, gone, opens, launch, tablets, rejected',
  },
  secrets: {
    names:
      'creds, cred, gitguardian, trufflehog, gitleaks, secret scanning, akia, sk live, pem, private keys, ' +
      'id rsa, .env, former employee, former colleague, ex colleague, former contractor, freelancer, agency, ' +
      'master password, root key, webhook secret, deploy key, service account, jwt secret, rails master key, ' +
      '1password, lastpass, passphrase',
    alarms:
      'sk_live, begin rsa private, private key block, secret scanning alert, exposed secret, creds on, ' +
      'creds in, key on github, keys on github, keys in, credentials in, passwords in, secrets in, tokens in, ' +
      'in clear text, cleartext, still has the password, still has our, still has a key, still has keys, ' +
      'still have access, still knows, can still get into, still get into, still log into, committed the, ' +
      'commited, pasted the, pasted my, pasted our, on a public, to a public, to the public, into the public, ' +
      'public repository, public slack, public channel, in the customer channel, on the screen share, ' +
      'on stream, in the recording, printed the token, prints the password, logs the password, ' +
      'logging passwords, logging tokens, authorization header, in chatgpt, into chatgpt',
    hints:
      'creds, secrets, passwords, keys, root, admin, fired, laid off, let go, left the company, credentials, ' +
      'stripe key, recording, visible, history, forum, trello, live, sentry, logs, commit, copied, blog, video, ' +
      'pushed',
  },
  privacy: {
    names:
      'passports, id card, ids of guests, guest list, guest data, customer data, user data, customer list, ' +
      'home addresses, bank details, phone number of, personal info, date of birth, subject access, ' +
      'data subject, leaked guest, private messages',
    alarms:
      'wrong person, wrong people, wrong host, different person, different guest, different customer, ' +
      'another guest, another host, another person, other guests, other hosts, other person, not mine, not my, ' +
      'isnt me, isnt mine, isnt my, arent mine, who is not me, somebody elses, someone elses, anothers, ' +
      'reading messages of, read messages of, messages of others, hello to somebody, name of another, ' +
      'full guest list, guest list to, customer list to, exported the, sent the list, shared with everyone, ' +
      'everybody can see, everyone can see, anyone can see, anybody can see, anyone can open, anybody can open, ' +
      'anyone with the link, without logging in, without login, not logged in sees, indexed by google, ' +
      'google indexed, changing the id, change the id, id in the url, change the number in, counting up the id',
    hints:
      'passport, passports, addresses, birth, salaries, excel, attached, mixed, swapped, strangers, private, ' +
      'contract, unknown, csv, iban, mailed, forwarded, anybody, inbox, chats',
  },
  abuse: {
    names:
      'bruteforce, script kiddie, crawlers, flooding, volumetric, syn flood, udp flood, layer 7, l7, ' +
      'headless chrome, spam accounts, spam messages, phish, phishers, sql inject, xss, sqlmap, wp login, ' +
      'fail2ban, web shell, webshell, monero, xmrig, extortion, btc, crawling, ai crawler, gptbot, ' +
      'password stuffing, rootkit, bug bounty threat, combolist, proxies',
    alarms:
      'failed password for, union select, or 1 1, etc passwd, flood us, flooding us, hitting us, hits us, ' +
      'hammers us, pounding us, hammering us, hammer us, crawling us, crawls us, ddosing us, ddosed, ddosing, ' +
      'from one ip, from a single ip, from one address, same subnet, one subnet, same user agent, user agent, ' +
      'every ip, random usernames, different usernames, until we pay, unless we pay, if we dont pay, pay him, ' +
      'encrypted files, wants 2 btc, took over accounts, taken over accounts, accounts taken over, ' +
      'accounts taken, took over my account, guessing passwords, try passwords, trying passwords, ' +
      'password guessing, copying our listings, copies our listings, copying all listings, fake host, ' +
      'fake hosts, fake guests, pretends to be, pretending to be, posing as, fake site, clone of our site, ' +
      'looks like ours, lookalike, web shell, strange process, unknown process, unknown ssh, unknown admin',
    hints:
      'pay, datacenter, hetzner, ovh, china, nigeria, usernames, subnet, asn, identical, fake, floods, ' +
      'sequential, every second, per second, a minute, passwords, lure, crypto',
  },
  bookings: {
    names:
      'ical, ics, vrbo, booking calendar, blocked nights, minimum stay, stay dates, key handover, overbooking, ' +
      'tenants, arrival, lodging, room inventory, holiday home, holiday homes, calendars, hosts calendar, ' +
      'same place, two couples, two groups, two guests, two parties, two reservations, other guests in, ' +
      'guests already in, both have confirmation, both with a confirmation, both with confirmation, ' +
      'both confirmed, same door, same keys, same key, same villa, same property, same weekend, same stay, ' +
      'on the sidewalk, relocate guests, somebody in it, somebody already, someone already, strangers in the, ' +
      'not available anymore, sold the same, sold twice, let twice, rented twice, nights twice, ' +
      'nights that are, already gone, already sold, shows free, shows as free, calendar shows, ' +
      'no record of their, no record of the, not in the system, lost their reservation, reservation gone, ' +
      'bookings gone, bookings vanished',
    alarms: '',
    hints:
      'nights, both, confirmation, families, couple, standing, weekend, tonight, available, free, overlap, ' +
      'overlapping, villa, cottage, suitcases, luggage, arrive, reception, reserved, rented, conflict, same, ' +
      'home',
  },
  prices: {
    names:
      'quote, quoted, fx, rounding, gross, net price, discounted, cost per night, tourist tax, city tax, ' +
      'sales tax, price tag, francs, franc, yen, pounds, kroner, zloty, per night, cheaper, underpriced, ' +
      'overpriced, markup, 0 chf, 0 gbp, 0 usd, 1 gbp, 1 chf, 1 eur a night, a night for, per night for, ' +
      'total 0, total 0 00, total is 0, costs 0, costs nothing, too cheap, too expensive, hundred times, ' +
      'factor 100, factor of 100, times 100, 100 times, x100, 10 times, ten times, decimal point, ' +
      'comma in the price, dropped a zero, extra zero, missing zero, double vat, vat twice, no vat, ' +
      'without vat, wrong vat, tax twice, code works, code still works, code can be used, codes stack, ' +
      'stacking, negative amount, wrong amount, in the wrong currency, in dollars, in yen, in pounds',
    alarms: '',
    hints: 'chf, gbp, jpy, night, expensive, peanuts, cheap, summer, season, decimal, stack, code',
  },
  news: {
    names:
      'newspapers, bbc, tv crew, public apology, apology, press release, spokesperson, pr agency, quote for, ' +
      'official statement, mastodon, twitter storm, what do i say, what can i say, what may we say, ' +
      'what should i say, what shall we say, say something publicly, says all green, still green, ' +
      'still says operational, says operational, all systems operational, techcrunch, wants a quote, ' +
      'wants a comment, for a comment, ask for a statement, wants a statement, official answer, ' +
      'tell the public, tell our customers, people ask on, asking on twitter, on twitter, on reddit, ' +
      'hacker news, what do i tell, what do we answer, what do i answer, write to customers, write to guests, ' +
      'let customers know, let users know',
    alarms: '',
    hints:
      'quote, comment, green, apology, twitter, tell, outage, operational, answer, guests, macro, questions, ' +
      'hosts',
  },
}
