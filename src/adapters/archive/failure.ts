import { MaydayError } from '../../errors.js'

const REASONS: Readonly<Record<string, readonly [string, string]>> = {
  ENOSPC: ['the disk is full', 'Make room on the disk of MAYDAY_DATA_DIR, then resume.'],
  EDQUOT: ['the disk quota is used up', 'Make room on the disk of MAYDAY_DATA_DIR, then resume.'],
  EFBIG: ['the file may not grow any more', 'Raise the limit on file sizes for this process, then resume.'],
  EROFS: ['the disk is read-only', 'Point MAYDAY_DATA_DIR to a disk that can be written.'],
  EACCES: ['this user may not write there', 'Let the user of Mayday write to MAYDAY_DATA_DIR.'],
  EPERM: ['this user may not write there', 'Let the user of Mayday write to MAYDAY_DATA_DIR.'],
}

/** `ARCHIVE_FAILED` for a failure of the disk. */
export function archiveFailed(cause: unknown): MaydayError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const [reason, hint] = REASONS[code] ?? [
    `the disk answered ${code === '' ? 'with an error' : code}`,
    'Look at the disk of MAYDAY_DATA_DIR.',
  ]
  return new MaydayError('ARCHIVE_FAILED', {
    what: `The archive could not be written or read: ${reason}. Nothing was removed that is not archived.`,
    hint,
    cause,
  })
}
