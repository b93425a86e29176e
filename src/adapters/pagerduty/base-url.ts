import { MaydayError } from '../../errors.js'

/** Where PagerDuty is. `plain`: `http://`, which only a fake on this machine speaks. */
export interface BaseUrl {
  /** Without a slash at the end. */
  readonly url: string
  /** Host, port and path, as pdjs wants its `server`. */
  readonly server: string
  readonly hostname: string
  readonly port: number
  readonly plain: boolean
}

/**
 * Reads a PagerDuty base URL, e.g. `https://events.eu.pagerduty.com`.
 * @throws MaydayError `CONFIG_INVALID` when it is no URL, or `http://` to a host that is not this machine: the key and
 * the page would cross the network in the clear.
 */
export function baseUrl(variable: string, text: string): BaseUrl {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const plain = url?.protocol === 'http:'
  if (url === undefined || !(url.protocol === 'https:' || (plain && isLoopback(url.hostname)))) {
    throw new MaydayError('CONFIG_INVALID', {
      what: `${variable} is not a URL that Mayday may send pages to.`,
      hint: 'Use https://…, e.g. https://events.pagerduty.com; http:// is accepted for a loopback host only.',
    })
  }
  const path = url.pathname.replace(/\/+$/, '')
  return {
    url: `${url.protocol}//${url.host}${path}`,
    server: `${url.host}${path}`,
    // A literal IPv6 host is written in brackets in a URL and without them in a socket address.
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (plain ? 80 : 443) : Number(url.port),
    plain,
  }
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}
