import { chatMethods } from './chat.js'
import { conversationMethods } from './conversations.js'
import { fileMethods } from './files.js'
import { historyMethods } from './history.js'
import { markMethods } from './marks.js'
import type { ApiMethods } from './method.js'
import { peopleMethods } from './people.js'
import { viewMethods } from './views.js'

/** Every Web API method that the simulator knows. */
export const METHODS: ApiMethods = {
  ...peopleMethods,
  ...conversationMethods,
  ...historyMethods,
  ...chatMethods,
  ...markMethods,
  ...viewMethods,
  ...fileMethods,
}
