import { matchesPattern } from './glob.ts';

// Branches that others build upon, by the names that are in common use.
const SHARED =
  /^(?:main|master|trunk|develop|development|stable|staging|production|prod|releases?|release[-/._].*|releases\/.*)$/i;

/** Whether a name, or a pattern, is that of a branch which others build upon. Without a name it may be. */
export function isSharedBranch(ref: string): boolean {
  const name = ref.replace(/^\+/, '').replace(/^refs\/heads\/|^heads\//, '');
  if (name === '' || /^(?:HEAD|@)$/.test(name)) return true;
  if (!/[*?[]/.test(name)) return SHARED.test(name);
  return ['main', 'master', 'develop', 'release/1'].some((branch) => matchesPattern(name.toLowerCase(), branch));
}
