/** How much room the archives take on this machine's disk, and how much there is left. */
import { readdir, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Bytes of all archives under `MAYDAY_DATA_DIR`; 0 before the first one. Undefined: they cannot be read. */
export async function archiveBytes(dir: string): Promise<number | undefined> {
  try {
    const files = await readdir(join(dir, 'purges'), { recursive: true, withFileTypes: true })
    const sizes = await Promise.all(
      files.filter((one) => one.isFile()).map((one) => sizeOf(join(one.parentPath, one.name))),
    )
    return sizes.reduce((sum, size) => sum + size, 0)
  } catch (error) {
    return isMissing(error) ? 0 : undefined
  }
}

/** Bytes that are free where `dir` is or would be; undefined: not known. */
export async function freeBytes(dir: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(dir)
    return bavail * bsize
  } catch (error) {
    return isMissing(error) && dirname(dir) !== dir ? freeBytes(dirname(dir)) : undefined
  }
}

/** One that is swept while it is looked at takes no room any more. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (isMissing(error)) return 0
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
