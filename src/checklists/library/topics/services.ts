/**
 * What people use and what may happen to them: what they are called and what people say when they break. Pure. English; a second language is a second list.
 * Each topic holds words by their weight, see `Topic`.
 */
import type { Topic } from './topic.js'

/** The topics, by a name that nobody sees. */
export const SERVICES: Readonly<Record<string, Topic>> = {
  payments: {
    names:
      'payment, pay, checkout, check out, stripe, adyen, braintree, paypal, klarna, visa, mastercard, amex, ' +
      'credit card, debit card, card, refund, charge, billing, bill, invoice, purchase, buy, apple pay, ' +
      'google pay, 3ds, sepa, subscription, donation, basket, cart, paid, direct debit, giropay, apple wallet, ' +
      'psp, payment method, payment intent, acquirer, twint, mandate, terminal, checkout page, order payment, ' +
      'payment provider, dispute, payments, capture, authorisation, authorization hold',
    alarms:
      'card declined, charged twice, double charge, chargeback, billed twice, insufficient funds, do not honor, ' +
      'took money, took the money, money gone, money taken, charged, double charged, paid but, not charged',
    hints: 'order, money, bank, shop, store, transaction, customer, receipt, processing, paying, amount',
  },
  payouts: {
    names:
      'payout, pay out, payroll, salary, bank transfer, wire transfer, remittance, settlement, disbursement, ' +
      'commission, royalty, transfer, iban, ach, wire, paying hosts, payout run, bank file, sepa file, ' +
      'payout file',
    alarms:
      'not been paid, not paid, paid twice, wasnt paid, havent been paid, not received money, receive money, ' +
      'get money, wrong amount, returned by bank, bank returned, wrong account number, paid out',
    hints:
      'host, seller, vendor, driver, merchant, creator, money, bank, nightly, paid, earnings, transfers, sent, ' +
      'month end, returned, batch, run, account',
  },
  email: {
    names:
      'email, e mail, mail, mailer, newsletter, mailgun, sendgrid, postmark, ses, smtp, mailchimp, inbox, gmail, ' +
      'outlook, hotmail, bounce, dkim, spf, dmarc, unsubscribe, mailing, transactional mail, digest, ' +
      'invitation mail, reset mail, receipts by mail, mailbox, sparkpost, mandrill, mails, spamhaus, blocklist, ' +
      'postfix, recipients, subject line, mail server, unsubscribes',
    alarms:
      'marked as spam, spam folder, lands in spam, bounced, blacklisted, blocklisted, mails late, undelivered, ' +
      'block list, on a list, wrong recipients, mail queue',
    hints:
      'spam, deliver, receipt, confirmation, domain reputation, send, message, junk, invitation, welcome, reset, ' +
      'sender, list, template',
  },
  sms: {
    names:
      'sms, text message, texts, twilio, nexmo, vonage, otp, one time code, one time password, ' +
      'verification code, verify code, login code, messagebird, sinch, whatsapp, verification text, ' +
      'text messages, messages to phones, texting, sms codes, text codes, short code',
    alarms: '',
    hints: 'code, phone, text, verify, number, carrier, 2fa, verification, codes, provider, arrive, minutes',
  },
  search: {
    names:
      'search, elasticsearch, elastic, opensearch, solr, algolia, reindex, autocomplete, typesense, meilisearch, ' +
      'lucene, typeahead, search results, shard, es cluster, relevance, search box, search page, search index, ' +
      'findability, search heap, listing not found, index build, synonyms',
    alarms:
      'no results, zero results, zero hits, empty results, no hits, cluster red, unassigned shards, ' +
      'finds nothing, find nothing, finds no, cant find any, cannot find any, deleted listings, finds deleted, ' +
      'not in the index, not indexed',
    hints:
      'result, index, cluster, hits, es, filter, query, node, find, facet, listing, results, filters, indexing, ' +
      'ranking, heap, shards, finds, old',
  },
  uploads: {
    names:
      'upload, photo, picture, pic, image, thumbnail, s3, bucket, avatar, attachment, video, gcs, blob storage, ' +
      'cloudinary, imgix, imagemagick, media, file, pdf, pictures, images, jpeg, heic, png, gif, camera roll, ' +
      'documents upload, cover photo, logo, file upload, id upload, images on, storage, minio, exif, video upload',
    alarms:
      'access denied, accessdenied, nosuchkey, no such key, nosuchbucket, slowdown, broken image, broken images, ' +
      'grey square, gray square, could not be saved, upload limit, file too large, not saved',
    hints: '403, put, download, profile, gallery, add, attach, documents, listing, load, saved, photos',
  },
  mobile: {
    names:
      'ios app, android app, ios build, android build, app store, play store, testflight, mobile app, ' +
      'mobile release, mobile build, app update, crashlytics, splash screen, force update, apk, ipa, ' +
      'ios release, android release, crash free, app version, appstore, playstore, ios version, new app, galaxy, ' +
      'the ios, app release, ios update, android update, mobile, android version, app crash, crashes, ' +
      'iphone app, native app',
    alarms:
      'crash on launch, crashes on launch, crash at startup, crash on start, crashes on start, crashes on open, ' +
      'dies on launch, crash loop, anr, crashes immediately, crashes when opening, closes itself, app closes, ' +
      'closes right away, closes immediately, star review, star reviews, 1 star, one star, wont open, ' +
      'force close, crash when opening, crash right after, quits, tap notification crash, crash when, ' +
      'crashes when, crash on, stop the rollout, halt rollout, bad build',
    hints:
      'ios, android, iphone, crash, app, version, build, launch, release, rollout, phone, startup, samsung, ' +
      'store, update, closes, review, opening, pixel, ipad, users, tap, screen, rolled, testers',
  },
  secrets: {
    names:
      'secret, credential, api key, access key, private key, api token, access token, ssh key, vault, ' +
      'secret key, service account key, api keys, keys, tokens, pem file, ex employee, contractor, offboarding, ' +
      'signing key, dot env, keystore, kubeconfig, root password, master key, database password, secrets manager',
    alarms:
      'leaked key, leaked secret, leaked credential, leaked password, leaked token, leaked api key, key leaked, ' +
      'token leaked, token exposed, committed secret, committed key, password in log, pasted password, ' +
      'pasted key, pasted token, key exposed, rotate key, rotate secret, revoke key, revoke token, ' +
      'committed env, pushed env, committed password, pushed key, key pushed, pushed secret, secret pushed, ' +
      'pushed credentials, still has access, has access to production, plaintext, in the repo, in the bundle, ' +
      'public repo, public gist, pastebin, password in, key in, token in, env file, live key, secret in, ' +
      'on stackoverflow, in a gist, in gist, on pastebin, env on, posted the key, posted the password, ' +
      'shared password, in a screenshot, in a public, sent the password, wrote the password, in plain',
    hints:
      'leak, leaked, public, github, commit, committed, key, token, password, aws, rotate, revoke, exposed, ' +
      'pasted, repo, env, posted, git, git hub, access, bundle, screenshot, email, slack, production, history, ' +
      'chat, wiki, gist, stackoverflow, intern, found, put, shared, stack',
  },
  privacy: {
    names:
      'gdpr, pii, personal data, privacy, personal information, data protection, confidential, dpo, ' +
      'medical data, ccpa, dsgvo, phone numbers, passport, home address, medical, stranger, personal, ' +
      'sensitive data, health data, cc, bcc, recipients visible, personal details, private data',
    alarms:
      'data breach, data leak, leaked data, sees data of, see data of, other people data, somebody else account, ' +
      'someone else account, somebody elses, someone elses, another users, another user, other users data, ' +
      'other peoples, other persons, wrong account, wrong user, wrong customer, other customers, ' +
      'another customer, other users, another persons, different user, different customer, strangers, ' +
      'personal data exposed, mixed up accounts, of a stranger, of strangers, to the wrong person, ' +
      'wrong recipient, wrong recipients, of everyone, of other, of another, belongs to someone, ' +
      'belongs to somebody, not theirs, not hers, not his, to strangers, wrong guest, names of, addresses of, ' +
      'in cc, instead of bcc, readable by everyone, publicly visible, got the dashboard of, ' +
      'dashboard of another, mail of another, data of another, of another customer, of another user, ' +
      'account of another, other peoples names, logged in as someone, logged in as somebody, sees the account, ' +
      'as another user, private messages',
    hints:
      'sees, see, address, leak, exposed, data, visible, public, account, customer, export, profile, shows, ' +
      'invoice, phone, name, guest, read, open, anyone, emails, list, documents, id, sent, messages, recipients, ' +
      'dashboard, another, logged',
  },
  abuse: {
    names:
      'dos attack, attack, attacker, bot, bots, botnet, scraper, scraping, crawler, fraud, fraudster, hacker, ' +
      'hack, phishing, malware, intruder, abuse, spammer, exploit, ransomware, fake account, fake signups, ' +
      'card testing, carding, stolen cards, stolen card, disposable, throwaway, scam, scammer, scammers, ' +
      'impersonation, spambot, intrusion, malicious, password spraying, fake listing, fake listings, ' +
      'fake reviews, bitcoin, hacker claims, ransom note, botnets, referrer abuse, promo abuse',
    alarms:
      'ddos, under attack, hacked, brute force, credential stuffing, hammering, sql injection, account takeover, ' +
      'compromised, break in, being attacked, flooded with requests, fake accounts, defaced, trying stolen, ' +
      'probing, login attempts, failed logins, mass registration, port scan, crypto miner, cryptominer, ' +
      'backdoor, blackmail, extort, ransom, hacked us, wants bitcoin, wants money, fake reservations, ' +
      'fake bookings, fake orders, fake users, claims he, deface, infected',
    hints:
      'ip, ips, request, block, suspicious, traffic, waf, flood, req, rps, spam, signups, registrations, ' +
      'accounts, russia, tor, proxy, range, thousands, attempts, hits, strange, vpn, claims, hundred, guy, ' +
      'script, free, hundreds',
  },
  warehouse: {
    names:
      'warehouse, airflow, dag, etl, elt, dashboard, looker, tableau, bigquery, snowflake, redshift, dbt, ' +
      'metabase, analytics, report, data pipeline, pipeline, fivetran, kpi, bi, spark, superset, databricks, ' +
      'reporting, redash, data lake, snowplow, mixpanel, amplitude, spreadsheet export, metrics dashboard, kpis, ' +
      'board report, data load, load job, dataset, data mart, finance report',
    alarms:
      'stale data, dashboard empty, numbers missing, missing numbers, numbers wrong, wrong numbers, ' +
      'data missing, chart is flat, charts are flat, charts empty, numbers off, numbers are off, reports empty, ' +
      'tracking broken, no data since, load failed, report due, figures wrong',
    hints:
      'number, data, numbers, chart, metric, yesterday, figures, load, table, finance, revenue, flat, reports, ' +
      'charts, dashboards, sync, tracking, data team, morning, export, due, board, loaded, tables',
  },
  flags: {
    names:
      'feature flag, flag, flags, toggle, launchdarkly, unleash, kill switch, killswitch, flipper, experiment, ' +
      'ab test, split, optimizely, statsig, hide, feature, gone live, went live, beta feature, early access, ' +
      'unreleased feature',
    alarms:
      'switch off, turn off, switched off, turn it off, disable feature, disable, turn feature off, ' +
      'roll out to everybody by mistake, deactivate, take out of service, get rid of, off for all, ' +
      'off for everybody, off for everyone, be off, stop showing, live by mistake, too early, ' +
      'enabled for everyone, enabled for all, for all users by mistake, not supposed to be live, take it down, ' +
      'visible for everyone, visible to everyone, visible to all, visible for all, should be hidden, ' +
      'switch it off, should not be live, hide it',
    hints:
      'off, enable, new, everybody, rollout, beta, percentage, live, users, switch, launch, early, all, visible, ' +
      'hidden, internal, staff, testers',
  },
  bookings: {
    names:
      'booking, reservation, overbooking, calendar sync, availability, ical, channel manager, check in, guest, ' +
      'seat, slot, appointment, allotment, apartment, arrivals, villa, host calendar, checkin, check ins, stay, ' +
      'stays, ical feed, reservations, check-in, flats, guests arriving, reserve, bookings',
    alarms:
      'double booked, double booking, overbooked, booked twice, same room, same seat, same slot, same table, ' +
      'same apartment, oversold, over sold, same flat, same bed, already taken, is taken, already occupied, ' +
      'room taken, two families, nowhere to sleep, no room, someone else in, people in it, already in the, ' +
      'others booked, already booked, booked by others, booked by someone, two bookings, same dates, same night, ' +
      'same house, same week',
    hints:
      'host, room, calendar, night, arrival, hotel, sold, book, twice, family, flat, rooms, dates, cancelled, ' +
      'standing, keys, arriving, booked, others, house, owner',
  },
  prices: {
    names:
      'price, prices, pricing, priced, tax, vat, currency, discount, coupon, voucher, promo, promo code, ' +
      'exchange rate, fee, surcharge, deal, sale, sells, selling, cents, gift card, cheap, vouchers, coupons, ' +
      'rates, rate per night, total price, discounts, invoice tax, swiss vat, totals, price list, nightly rate, ' +
      'cleaning fee, service fee',
    alarms:
      'wrong price, zero price, price zero, for free, 0 00, prices wrong, wrong currency, 100 off, wrong tax, ' +
      '1 euro, 1 eur, 1 dollar, 1 cent, 1 usd, 0 eur, 0 euro, almost nothing, next to nothing, 99 off, ' +
      'negative total, negative price, vat is, tax is 0, price is, prices are, half price, wrong total, ' +
      'wrong amount charged',
    hints:
      'euro, dollar, eur, usd, cost, total, amount, zero, free, rounding, night, euros, week, checkout, rate, ' +
      'percent, costs, negative, invoices, percentage, 0',
  },
  news: {
    names:
      'status page, statuspage, public statement, press, journalist, pr statement, communication, announcement, ' +
      'media inquiry, tweet, twitter, blog post, reporter, newspaper, journalists, reddit, hackernews, ' +
      'linkedin post, tv station, wording, talking points, faq, statement for, newsletter to customers',
    alarms:
      'tell customers, inform customers, tell users, inform users, users furious, customers angry, ' +
      'angry customers, users angry, support overwhelmed, support flooded, shitstorm, trending on twitter, ' +
      'notify customers, what do we tell, what should we tell, what to tell, tickets pouring, phones ringing, ' +
      'phone ringing, support drowning, support is drowning, everybody asks, all over twitter, ' +
      'asking what happens, calling support, needs a text, text for customers, say to customers, ' +
      'answer customers, reply to customers, what do we say, tell guests, inform guests, tell hosts',
    hints:
      'furious, angry, support, public, statement, post, customers, complain, social, ask, update, write, ' +
      'banner, tickets, asking, hotline, customer, drowning, reply, interview, legal, text, sentence, answer, ' +
      'guests, hosts, communicate, asks',
  },
}
