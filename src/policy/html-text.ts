import { Tokenizer } from 'htmlparser2';

/** What begins and ends lines of its own. */
const BLOCKS = new Set(
  (
    'address article aside blockquote body br caption center dd details dialog dir div dl dt fieldset figcaption figure footer ' +
    'form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li listing main menu nav ol optgroup option p plaintext pre search ' +
    'section summary table tbody td tfoot th thead tr ul xmp'
  ).split(' '),
);

/** Whose contents are no part of what somebody wrote. */
const LEFT_OUT = new Set(['head', 'title', 'style', 'script', 'template', 'noscript', 'blockquote']);

/**
 * The text of an HTML message as its sender wrote it: blocks are lines, quotations and what is not shown are left out.
 * Fails towards less text: what is not closed is left out to the end. Takes time in proportion to the length.
 */
export function htmlToText(html: string): string {
  const text: string[] = [];
  const within = new Map<string, number>();
  let name = '';

  const say = (piece: string): void => {
    if (within.size === 0) text.push(piece);
  };
  const endLine = (tag: string): void => {
    if (BLOCKS.has(tag)) text.push('\n');
  };
  const open = (): void => {
    // A head may be left unclosed: its body ends it.
    if (name === 'body') within.delete('head');
    endLine(name);
    if (LEFT_OUT.has(name)) within.set(name, (within.get(name) ?? 0) + 1);
  };
  const close = (tag: string): void => {
    const depth = within.get(tag) ?? 0;
    if (depth > 1) within.set(tag, depth - 1);
    else within.delete(tag);
    endLine(tag);
  };
  const nothing = (): void => undefined;
  // White space is one space, also where it was written as a reference: that is what its reader has seen.
  const spaced = (piece: string): string => piece.replaceAll(/[\t\n\f\r ]+/g, ' ');

  const tokenizer = new Tokenizer(
    { decodeEntities: true },
    {
      ontext: (start, end) => say(spaced(html.slice(start, end))),
      ontextentity: (codePoint) => say(spaced(String.fromCodePoint(codePoint))),
      onopentagname(start, end) {
        name = html.slice(start, end).toLowerCase();
      },
      onopentagend: open,
      // Only what has no content closes itself in HTML.
      onselfclosingtag: open,
      onclosetag: (start, end) => close(html.slice(start, end).toLowerCase()),
      onattribdata: nothing,
      onattribentity: nothing,
      onattribend: nothing,
      onattribname: nothing,
      oncdata: nothing,
      oncomment: nothing,
      ondeclaration: nothing,
      onprocessinginstruction: nothing,
      onend: nothing,
    },
  );
  tokenizer.write(html);
  tokenizer.end();
  return text.join('');
}
