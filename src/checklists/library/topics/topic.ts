/** How a topic is written down. Pure. */

/**
 * A field that systems are made of, by the words that people use for it. They lead from "every visa is refused" to a
 * document that only says "card payments"; what a document is about is read off its own words by the same lists. Words of
 * one entry are meant in this order, close together.
 */
export interface Topic {
  /** Names of the thing. In a message that says that something is wrong, one is enough. */
  readonly names: string
  /** Say by themselves that it is in trouble. */
  readonly alarms: string
  /** Found with other things too; two of them are as good as a name. */
  readonly hints: string
}
