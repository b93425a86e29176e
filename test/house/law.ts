import ts from 'typescript'
import { nodesOf, type Source } from './read.js'

const FILE_LINES = 300
/** Of a function without the functions inside it: what a factory makes is read one by one. */
const FUNCTION_LINES = 50
/** Where one long list is easier to read than its parts. */
export const LONG_LISTS: ReadonlyMap<string, string> = new Map([
  ['src/app.ts', 'the composition root: a flat list that one can read aloud'],
  ['src/reactions.ts', 'the page of causality: one case for each fact'],
  ['src/paging/replies.ts', 'one sentence for each fact'],
])
const LIST_LINES = 120
/** Pure by name, besides every file that says so in its first comment. */
const PURE =
  /^src\/(paging\/(page\/.+|trigger|replies|words)|incidents\/(incident|people|card|review|home)|checklists\/(checklist|card|library\/.+)|purge\/(plan|pace|card)|drills\/drill|mrkdwn|config\/duration)\.ts$/

export function isPure({ path, text }: Source): boolean {
  const comment = /^\s*\/\*\*[\s\S]*?\*\//u.exec(text)?.[0] ?? ''
  return PURE.test(path) || (/\bpure\./iu.test(comment) && !path.startsWith('src/simulator/'))
}

/** What this file does that the house forbids, each with its line. */
export function breaches(source: Source): readonly string[] {
  const { path, text, tree } = source
  const simulator = path.startsWith('src/simulator/')
  const isAdapter = path.startsWith('src/adapters/')
  const at = (node: ts.Node, what: string): string => `${path}:${lineOf(tree, node.getStart())} ${what}`
  const lines = text.trimEnd().split('\n').length
  const nodes = nodesOf(tree)
  return [
    ...(lines > FILE_LINES ? [`${path} has ${lines} lines`] : []),
    ...nodes.flatMap((node) => styleOf(node, path, simulator).map((what) => at(node, what))),
    ...(isPure(source)
      ? nodes.flatMap((node) => impurityOf(node).map((what) => at(node, `is pure, and ${what}`)))
      : []),
    ...((isPure(source) && !isAdapter) || /^src\/ports(\.ts|\/)/.test(path)
      ? undocumented(tree).map((node) => at(node, 'is exported without a comment'))
      : []),
  ]
}

function styleOf(node: ts.Node, path: string, simulator: boolean): readonly string[] {
  const found: string[] = []
  if (node.kind === ts.SyntaxKind.AnyKeyword) found.push('says `any`')
  if (ts.isEnumDeclaration(node)) found.push('declares an enum')
  if (isDefaultExport(node)) found.push('exports a default')
  if (ts.isNonNullExpression(node)) found.push('asserts with `!`')
  if (!simulator && isNew(node, 'Error')) found.push('throws a bare Error')
  const process = isMember(node, 'process')
  if ((process === 'env' || process === 'exit') && path !== 'src/main.ts' && !simulator)
    found.push(`touches process.${process}`)
  const lines = functionLines(node)
  if (lines > (LONG_LISTS.has(path) ? LIST_LINES : FUNCTION_LINES)) found.push(`has a function of ${lines} lines`)
  return found
}

const CLOCKS: Readonly<Record<string, readonly string[]>> = {
  Date: ['now'],
  Math: ['random'],
  performance: ['now'],
  crypto: ['randomUUID', 'getRandomValues'],
}
const OUTSIDE = new Set([
  'process',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'fetch',
  'console',
  'globalThis',
])

function impurityOf(node: ts.Node): readonly string[] {
  if (node.kind === ts.SyntaxKind.AsyncKeyword) return ['is async']
  if (ts.isAwaitExpression(node)) return ['waits']
  if (isNew(node, 'Promise')) return ['makes a promise']
  if (isNew(node, 'Date') && ts.isNewExpression(node) && (node.arguments ?? []).length === 0) return ['reads the clock']
  if (ts.isCallExpression(node) && node.expression.getText() === 'Date') return ['reads the clock']
  for (const [owner, members] of Object.entries(CLOCKS)) {
    if (members.includes(isMember(node, owner) ?? '')) return [`calls ${owner}.${isMember(node, owner)}`]
  }
  return ts.isIdentifier(node) && OUTSIDE.has(node.text) && isFree(node) ? [`reaches for ${node.text}`] : []
}

/** A name that stands for the global thing: not a property, not a key, not declared here. */
function isFree(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node
  return !(
    ts.isPropertyAssignment(parent) ||
    ts.isPropertySignature(parent) ||
    ts.isFunctionDeclaration(parent) ||
    ts.isVariableDeclaration(parent) ||
    ts.isParameter(parent) ||
    ts.isImportSpecifier(parent)
  )
}

function isMember(node: ts.Node, owner: string): string | undefined {
  const direct = ts.isPropertyAccessExpression(node) && node.expression.getText() === owner ? node.name.text : undefined
  const byKey =
    ts.isElementAccessExpression(node) &&
    node.expression.getText() === owner &&
    ts.isStringLiteral(node.argumentExpression)
      ? node.argumentExpression.text
      : undefined
  return direct ?? byKey
}

function isNew(node: ts.Node, name: string): boolean {
  return (
    (ts.isNewExpression(node) || ts.isCallExpression(node)) &&
    node.expression.getText() === name &&
    (ts.isNewExpression(node) || name === 'Error')
  )
}

function isDefaultExport(node: ts.Node): boolean {
  return (
    ts.isExportAssignment(node) ||
    (ts.isExportSpecifier(node) && node.name.text === 'default') ||
    (node.kind === ts.SyntaxKind.DefaultKeyword && !ts.isDefaultClause(node.parent))
  )
}

/** Lines of a function less those of the functions inside it; 0 for anything else. */
export function functionLines(node: ts.Node): number {
  if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) return 0
  const inner = (part: ts.Node): number => {
    let lines = 0
    part.forEachChild((child) => {
      lines += ts.isFunctionLike(child) ? linesOf(child) - 1 : inner(child)
    })
    return lines
  }
  return linesOf(node) - inner(node)
}

function linesOf(node: ts.Node): number {
  const tree = node.getSourceFile()
  return lineOf(tree, node.getEnd()) - lineOf(tree, node.getStart()) + 1
}

/** Exported declarations that no comment stands in front of. */
function undocumented(tree: ts.SourceFile): readonly ts.Node[] {
  return tree.statements.filter(
    (node) =>
      ts.canHaveModifiers(node) &&
      ts.getModifiers(node)?.some((one) => one.kind === ts.SyntaxKind.ExportKeyword) === true &&
      ts.getJSDocCommentsAndTags(node).length === 0,
  )
}

function lineOf(tree: ts.SourceFile, position: number): number {
  return tree.getLineAndCharacterOfPosition(position).line + 1
}
