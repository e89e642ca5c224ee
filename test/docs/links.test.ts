import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const inDocs = (await readdir(path.join(ROOT, 'docs'), { recursive: true })).map((name) => path.join('docs', name));
const pages = ['README.md', 'CONTRIBUTING.md', ...inDocs.filter((name) => name.endsWith('.md'))];

describe('the documents', () => {
  it.each(pages)('lead from %s only to what there is', async (page) => {
    const broken: string[] = [];

    for (const link of linksOf(await readFile(path.join(ROOT, page), 'utf8'))) {
      const [file = '', anchor] = link.split('#');
      const target = path.join(ROOT, file === '' ? page : path.join(path.dirname(page), file));
      const headings = await headingsOf(target);
      if (headings === undefined || (anchor !== undefined && !headings.includes(anchor))) broken.push(link);
    }

    expect(broken).toEqual([]);
  });
});

function linksOf(markdown: string): string[] {
  const links = [...markdown.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => !/^(https?|mailto):/.test(link));
}

/** The anchors of a page, none of a folder; undefined when it is not there. */
async function headingsOf(file: string): Promise<string[] | undefined> {
  try {
    const headings = (await readFile(file, 'utf8')).split('\n').filter((line) => line.startsWith('#'));
    return headings.map((line) =>
      line
        .replace(/^#+ /, '')
        .toLowerCase()
        .replaceAll(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    );
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EISDIR') return [];
    if (code === 'ENOENT') return undefined;
    throw error;
  }
}
