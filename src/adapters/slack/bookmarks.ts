/** Bookmarks through Slack's Web API. */
import type { Bookmark, Bookmarks } from '../../ports/bookmarks.js'
import { callSlack, type Rec, recsOf, textOf } from './api.js'
import { asMaydayError, failureOf } from './failure.js'
import type { Lanes } from './lanes.js'

export function createBookmarks({ lanes }: { readonly lanes: Lanes }): Bookmarks {
  const call = async (method: string, args: Rec, doing: string): Promise<Rec> => {
    try {
      return await callSlack(lanes.normal, method, args)
    } catch (error) {
      throw asMaydayError(failureOf(error), doing)
    }
  }
  return {
    list: async (channel) =>
      recsOf((await call('bookmarks.list', { channel_id: channel }, 'show the bookmarks'))['bookmarks']).flatMap(read),
    add: async (channel, content) =>
      void (await call('bookmarks.add', { channel_id: channel, type: 'link', ...content }, 'take the bookmark')),
    edit: async (channel, id, content) =>
      void (await call('bookmarks.edit', { channel_id: channel, bookmark_id: id, ...content }, 'change the bookmark')),
    remove: async (channel, id) =>
      void (await call('bookmarks.remove', { channel_id: channel, bookmark_id: id }, 'remove the bookmark')),
  }
}

function read(one: Rec): readonly Bookmark[] {
  const id = textOf(one['id'])
  return id === undefined ? [] : [{ id, title: textOf(one['title']) ?? '', link: textOf(one['link']) ?? '' }]
}
