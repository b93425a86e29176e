import { ApiError } from '../error.js'
import { type ApiMethods, bot } from './method.js'

export const viewMethods: ApiMethods = {
  'views.open': bot([], ({ world, args }) => {
    const view = args.json('view')
    const trigger = world.interactivity.take(args.string('trigger_id'))
    return { view: world.views.open(trigger.user, view) }
  }),
  'views.push': bot([], ({ world, args }) => {
    const view = args.json('view')
    const trigger = world.interactivity.take(args.string('trigger_id'))
    if (trigger.viewId === undefined) throw new ApiError('invalid_arguments')
    return { view: world.views.push(trigger.user, view, trigger.viewId) }
  }),
  'views.update': bot([], ({ world, args }) => {
    const viewId = args.maybe('view_id')
    const externalId = args.maybe('external_id')
    const hash = args.maybe('hash')
    if (viewId === undefined && externalId === undefined) throw new ApiError('invalid_arguments')
    return {
      view: world.views.update({
        view: args.json('view'),
        ...(viewId === undefined ? {} : { viewId }),
        ...(externalId === undefined ? {} : { externalId }),
        ...(hash === undefined ? {} : { hash }),
      }),
    }
  }),
  'views.publish': bot([], ({ world, args }) => ({
    view: world.views.publish(args.string('user_id'), args.json('view'), args.maybe('hash')),
  })),
}
