/** The simulator was used in a way it does not know. */
export class HerokuSimulatorError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'HerokuSimulatorError'
  }
}
