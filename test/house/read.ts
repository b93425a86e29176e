import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import ts from 'typescript'

/** One source file as the law sees it. `path` is from the repository's root: `src/paging/pager.ts`. */
export interface Source {
  readonly path: string
  readonly text: string
  readonly tree: ts.SourceFile
  readonly imports: readonly Import[]
}

export interface Import {
  /** `src/ports.ts` for a file of ours, else the package or `node:` module as it is named. */
  readonly to: string
  readonly typesOnly: boolean
}

/** Every `.ts` file under `folder` of the repository. */
export function readSources(root: string, folder: string): readonly Source[] {
  return readdirSync(new URL(`${folder}/`, root), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.ts'))
    .map((path) => sourceOf(path, readFileSync(new URL(path, root), 'utf8')))
}

export function sourceOf(path: string, text: string): Source {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  return { path, text, tree, imports: importsOf(path, tree) }
}

/** Every node of the file, outermost first. */
export function nodesOf(tree: ts.Node): readonly ts.Node[] {
  const all: ts.Node[] = [tree]
  const visit = (node: ts.Node): void => {
    all.push(node)
    node.forEachChild(visit)
  }
  tree.forEachChild(visit)
  return all
}

function importsOf(path: string, tree: ts.SourceFile): readonly Import[] {
  return nodesOf(tree).flatMap((node): readonly Import[] => {
    if (ts.isImportDeclaration(node)) return named(path, node.moduleSpecifier, isTypesOnly(node))
    if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined)
      return named(path, node.moduleSpecifier, node.isTypeOnly)
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      return named(path, node.argument.literal, true)
    const isCall = ts.isCallExpression(node) && node.arguments[0] !== undefined
    if (!isCall || node.arguments[0] === undefined) return []
    const loads = node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === 'require'
    return loads ? named(path, node.arguments[0], false) : []
  })
}

function isTypesOnly({ importClause: clause }: ts.ImportDeclaration): boolean {
  if (clause === undefined) return false
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true
  const { namedBindings: bindings } = clause
  const each = bindings !== undefined && ts.isNamedImports(bindings) && bindings.elements.length > 0
  return clause.name === undefined && each && bindings.elements.every((one) => one.isTypeOnly)
}

function named(from: string, specifier: ts.Node, typesOnly: boolean): readonly Import[] {
  // A computed name could be anything, so nothing allows it.
  if (!ts.isStringLiteralLike(specifier)) return [{ to: `(computed) ${specifier.getText()}`, typesOnly }]
  const { text } = specifier
  if (!text.startsWith('.')) return [{ to: text, typesOnly }]
  return [{ to: posix.join(posix.dirname(from), text).replace(/\.js$/u, '.ts'), typesOnly }]
}
