/**
 * The npm tag of a version. A prerelease goes by its own name (`2.0.0-beta.1`: beta), or by `next` when it has none that can
 * be a tag. A release is `latest`, unless a later one is: whoever installs without naming a version must not be led back.
 */
export function distTag(version: string, latest: string | undefined): string {
  const prerelease = /^\d+\.\d+\.\d+-([0-9A-Za-z-]+)/.exec(version)?.[1];
  if (prerelease !== undefined) return isTag(prerelease) ? prerelease : 'next';
  const [major = 0] = numbersOf(version);
  return latest !== undefined && isLater(latest, version) ? `release-${major}.x` : 'latest';
}

/** npm takes no tag that reads as a range of versions (`x`, `v1`), and no prerelease may be the latest. */
function isTag(name: string): boolean {
  return /^[A-Za-z][0-9A-Za-z-]*$/.test(name) && !/^(x|v\d.*|latest)$/i.test(name);
}

function isLater(one: string, other: string): boolean {
  const [a, b] = [numbersOf(one), numbersOf(other)];
  const at = a.findIndex((number, index) => number !== b[index]);
  return at !== -1 && (a[at] ?? 0) > (b[at] ?? 0);
}

function numbersOf(version: string): number[] {
  return (version.split(/[-+]/)[0] ?? '').split('.').map(Number);
}
