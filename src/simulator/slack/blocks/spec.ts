/** What Slack accepts in one field; lengths in characters. */
export type Spec =
  | { readonly kind: 'any' }
  | { readonly kind: 'bool' }
  | { readonly kind: 'number'; readonly min?: number; readonly max?: number }
  | { readonly kind: 'string'; readonly min?: number; readonly max?: number; readonly oneOf?: readonly string[] }
  | { readonly kind: 'text'; readonly min: number; readonly max: number; readonly types: readonly string[] }
  | { readonly kind: 'list'; readonly min?: number; readonly max?: number; readonly of: Spec }
  /** An object with one of these `type`s: an element, or a block inside a block. */
  | { readonly kind: 'typed'; readonly types: readonly string[]; readonly blocks: boolean }
  | { readonly kind: 'object'; readonly fields: Fields }

export interface Field {
  readonly spec: Spec
  readonly required: boolean
}
export type Fields = Readonly<Record<string, Field>>

export const may = (spec: Spec): Field => ({ spec, required: false })
export const must = (spec: Spec): Field => ({ spec, required: true })

export const any: Spec = { kind: 'any' }
export const bool: Spec = { kind: 'bool' }
export const number = (min?: number, max?: number): Spec => ({
  kind: 'number',
  ...(min === undefined ? {} : { min }),
  ...(max === undefined ? {} : { max }),
})
export const string = (max?: number, min = 0): Spec => ({
  kind: 'string',
  min,
  ...(max === undefined ? {} : { max }),
})
export const oneOf = (...values: readonly string[]): Spec => ({ kind: 'string', oneOf: values })
export const plain = (max: number): Spec => ({ kind: 'text', min: 1, max, types: ['plain_text'] })
export const mrkdwn = (max: number): Spec => ({ kind: 'text', min: 1, max, types: ['mrkdwn'] })
export const text = (max: number): Spec => ({ kind: 'text', min: 1, max, types: ['plain_text', 'mrkdwn'] })
export const list = (of: Spec, min: number, max: number): Spec => ({ kind: 'list', of, min, max })
export const typed = (...types: readonly string[]): Spec => ({ kind: 'typed', types, blocks: false })
export const block = (...types: readonly string[]): Spec => ({ kind: 'typed', types, blocks: true })
export const object = (fields: Fields): Spec => ({ kind: 'object', fields })
