import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MandateScope } from '../../src/contract/mandate.ts';
import { matches, matchesTarget } from '../../src/policy/target-pattern.ts';

describe('a pattern of a target', () => {
  it.each([
    ['acme/site', 'acme/site'],
    ['acme/*', 'acme/site'],
    ['acme/*', 'acme/'],
    ['*/site', 'acme/site'],
    ['acme/*-docs', 'acme/a-docs-docs'],
    ['*a*b*c*', 'xxaxxbxxcxx'],
    ['*', ''],
    ['**', ''],
    ['**', 'a/b?c#d@e:f\\g h\n'],
    ['https://example.com/**', 'https://example.com/a/b?c=d'],
    ['https://*.example.com/hooks/*', 'https://eu.west.example.com/hooks/17'],
    ['refs/*/v*.*', 'refs/tags/v1.2'],
    ['a*aab', 'aaaab'],
    ['a?c[d]', 'a?c[d]'],
  ])('%s fits %j', (pattern, text) => {
    expect(matches(pattern, text)).toBe(true);
  });

  it.each([
    ['acme/site', 'acme/site2'],
    ['acme/site', 'Acme/site'],
    ['acme/*', 'acme/site/tree'],
    ['acme/*', 'acme/site\n'],
    ['acme/*', 'acme/a b'],
    ['acme/*', 'acme/a\u2028b'],
    ['acme/*', 'acme'],
    ['*', 'a@b'],
    ['*', 'a:b'],
    ['*', 'a\\b'],
    ['https://*.example.com/**', 'https://evil.com/x.example.com/'],
    ['https://*.example.com/**', 'https://evil.com?.example.com/'],
    ['https://*.example.com/**', 'https://evil.com#.example.com/'],
    ['https://*.example.com/**', 'https://user@evil.com:80.example.com/'],
    ['https://*.example.com/**', 'https://evil.com\\.example.com/'],
    ['https://example.com/**', 'https://example.com@evil.com/'],
    ['https://example.com/**', 'https://example.com.evil.com/'],
    ['ab*ba', 'aba'],
    ['a?c', 'abc'],
    ['a.c', 'abc'],
    ['', 'a'],
  ])('%s does not fit %j', (pattern, text) => {
    expect(matches(pattern, text)).toBe(false);
  });

  it('means what the plain reading of it says, for any pattern and text', () => {
    const pieces = fc.array(fc.constantFrom('a', 'b', '/', '*', 'ab', '.'), { maxLength: 8 });
    const texts = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', ' '), maxLength: 12 });
    fc.assert(
      fc.property(pieces, fc.boolean(), texts, (parts, open, text) => {
        const pattern = parts.join('').replaceAll(/\*+/g, '*').replace(/\*$/, '') + (open ? '**' : '');
        expect(matches(pattern, text)).toBe(plainly(pattern).test(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is judged in a moment, however it was made', () => {
    const pattern = `${'*a'.repeat(249)}*b`;

    const before = process.cpuUsage();
    expect(matches(pattern, 'a'.repeat(200_000))).toBe(false);

    // Of the processor, which a machine may give to others for a while.
    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000);
  });

  it.each([
    ['https://example.com', true],
    ['https://example.com/', true],
    ['https://example.com/team-a/x?b=c#d', true],
    ['https://example.com/team-a/a%2Fb', true],
    ['http://127.0.0.1:8080/team-a/x', true],
    ['https://example.com/team-a/../admin', false],
    ['https://example.com/team-a/..', false],
    ['https://example.com/team-a/./x', false],
    ['https://example.com/team-a/%2e%2e/admin', false],
    ['https://example.com/team-a/%2E./admin', false],
    ['https://example.com/team-a/..\\admin', false],
    ['https://example.com\\team-a', false],
    ['https:example.com/team-a', false],
    ['https://EXAMPLE.com/team-a', false],
    ['https://example.com:443/team-a', false],
    ['\u0000https://example.com/team-a', false],
    ['https://example.com/te\nam-a', false],
    ['https://m\u00fcller.example/', false],
  ])('fits an address that is written as it is sent, and no other: %j', (url, fits) => {
    expect(matchesTarget({ url: '**' }, { url })).toBe(fits);
  });

  it('fits what is no web address as it is written', () => {
    for (const text of ['acme/../site', 'npm:..', 'directory:A/../B', '', 'a\\b']) {
      expect(matchesTarget({ of: '**' }, { of: text })).toBe(true);
    }
  });

  it('has ** at its end only', () => {
    const scope = (pattern: string): unknown => ({ kinds: ['*'], targets: [{ repo: pattern }], agents: ['a'] });

    expect(MandateScope.safeParse(scope('acme/**')).success).toBe(true);
    for (const pattern of ['**/site', 'a**b', '***', '']) {
      expect(MandateScope.safeParse(scope(pattern)).success).toBe(false);
    }
  });
});

/** The same as a regular expression, whose time nobody bounds. */
function plainly(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/[.?+^$()[\]{}|\\/]/g, String.raw`\$&`)
    .replace(/\*\*$/, '\0')
    .replaceAll('*', String.raw`[^/?#@:\\\s]*`)
    .replace('\0', String.raw`[\s\S]*`);
  return new RegExp(`^${source}$`);
}
