// The forms that Slack itself writes between angle brackets: broadcasts, groups, people, channels and links.
const CONTROL =
  /<(?:!(?:channel|here|everyone)(?:\|[^<>]*)?|!subteam\^S[A-Z0-9]+(?:\|[^<>]*)?|!date\^[^<>]*|@[UW][A-Z0-9]+(?:\|[^<>]*)?|#[CG][A-Z0-9]+(?:\|[^<>]*)?|(?:https?|mailto|tel):[^<>\s|]+(?:\|[^<>]*)?)>/g
const ENTITY = /&(?:amp|lt|gt);/g
const BARE_LINK = /https?:\/\/[^\s<>|]+[^\s<>|.,;:!?)'"\]]/g
const BARE_BROADCAST = /(^|[\s(])@(channel|here|everyone)\b/g

/** Applies `outside` to the text between the pieces that match `keep`. */
function around(text: string, keep: RegExp, outside: (part: string) => string): string {
  let out = ''
  let from = 0
  for (const match of text.matchAll(keep)) {
    out += outside(text.slice(from, match.index)) + match[0]
    from = match.index + match[0].length
  }
  return out + outside(text.slice(from))
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** What a person typed, as an app receives it: escaped, links in angle brackets, `@channel` as `<!channel>`. */
export function fromPerson(text: string): string {
  return around(text, CONTROL, (part) =>
    around(part.replace(BARE_BROADCAST, '$1<!$2>').replace(BARE_LINK, '<$&>'), CONTROL, escaped),
  ).replaceAll(/<https?:[^<>|]*>/g, (link) => `<${escaped(link.slice(1, -1).replaceAll('&amp;', '&'))}>`)
}

/** What an app posted, as Slack stores it: stray special characters are escaped, entities stay as they are. */
export function fromApp(text: string): string {
  return around(text, CONTROL, (part) => around(part, ENTITY, escaped))
}
