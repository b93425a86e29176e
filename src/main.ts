#!/usr/bin/env node
/** Process entry: the only place that reads process.env and sets the exit status. */
import { existsSync } from 'node:fs'
import { loadEnvFile } from 'node:process'
import { runCli } from './cli/cli.js'
import { createScreen } from './cli/screen.js'

if (existsSync('.env')) loadEnvFile('.env')

// why: `mayday incidents | head` closes the pipe early, which is the reader's right and no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

process.exit(
  await runCli(process.argv.slice(2), {
    env: process.env,
    out: (line) => process.stdout.write(`${line}\n`),
    err: (line) => process.stderr.write(`${line}\n`),
    isTerminal: process.stdout.isTTY === true,
    ...createScreen(),
  }),
)
