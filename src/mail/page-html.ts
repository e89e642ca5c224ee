import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import type { InboxItem } from '../contract/approval-request.ts';
import { requestRows } from '../policy/request-text.ts';

type Html = ReturnType<typeof html>;

const STYLE = `body{font:1rem/1.5 system-ui,sans-serif;max-width:48rem;margin:0 auto;padding:1rem;color:#1a1a1a;background:#fff}
dl{background:#f4f4f4;padding:.75rem;border-radius:.25rem}dt{font-weight:600;margin-top:.5rem}
dd{margin:0 0 0 .25rem;padding-left:.75rem;border-left:3px solid #bbb;white-space:pre-wrap;overflow-wrap:anywhere;font:.85rem/1.4 ui-monospace,monospace}
fieldset{border:1px solid #999;border-radius:.25rem;margin:1rem 0}label{display:block;padding:.4rem 0}
textarea{width:100%;box-sizing:border-box;min-height:5rem;font:inherit}
button{font:inherit;padding:.6rem 1.5rem}input[type=radio]{width:1.2rem;height:1.2rem;vertical-align:middle}`;

/** What the policy for contents allows: this style, to the letter, and a form to ourselves. */
export const CONTENT_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`;

/** A request with the form that decides it. `action` is where the form goes. */
export function requestPage(item: InboxItem, person: string, action: string, fault?: string): Html {
  return page(
    'Decide',
    html`<p>You decide as <strong>${person}</strong>. This page can be used once; do not pass it on.</p>
      ${requestPart(item)}
      <form method="post" action="${action}">
        ${fault === undefined ? '' : html`<p role="alert"><strong>${fault}</strong></p>`}
        <fieldset>
          <legend>Your decision</legend>
          <label><input type="radio" name="verdict" value="approve" required /> Approve</label>
          <label><input type="radio" name="verdict" value="reject" required /> Reject</label>
          <label for="reason">Reason (a rejection needs one)</label>
          <textarea id="reason" name="reason" maxlength="10000"></textarea>
        </fieldset>
        <button type="submit">Decide</button>
      </form>`,
  );
}

/** A request that can not be decided here, and why. */
export function closedPage(item: InboxItem, why: string): Html {
  return page(
    'Nothing to decide',
    html`<p><strong>${why}</strong></p>
      ${requestPart(item)}`,
  );
}

/** Something to say, and nothing else. */
export function messagePage(title: string, text: string): Html {
  return page(title, html`<p>${text}</p>`);
}

/** Each value in a box of its own: however its lines break, none of them looks like another row. */
function requestPart(item: InboxItem): Html {
  const rows = requestRows(item, (iso) => new Date(iso).toUTCString());
  return html`<dl>
    ${rows.map(([name, value]) =>
      value === undefined
        ? ''
        : html`<dt>${name}</dt>
            <dd>${value}</dd>`,
    )}
  </dl>`;
}

function page(title: string, body: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title} - Mandate</title>
        ${raw(`<style>${STYLE}</style>`)}
      </head>
      <body>
        <h1>${title}</h1>
        ${body}
      </body>
    </html>`;
}
