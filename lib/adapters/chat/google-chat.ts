import type { DocumentBlock, StructuredDocument } from '../../domain/document';
import { escapeHtml, oneLine } from '../../domain/outreach';
import type { ChatNotifier } from '../../ports/alerts';
import { cut, postJson, type Send } from './webhook';

/** https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages: a message has at most 32,000 bytes. */
const MESSAGE_MAX_BYTES = 30_000;
const TITLE_MAX = 200;
const LINE_MAX = 1_000;
const THREAD_KEY_MAX = 200;

/** Posts to an incoming webhook of a Google Chat space. Messages of the same account share a thread. */
export function createGoogleChat(send: Send): ChatNotifier {
  return {
    post({ document, threadKey }, { webhook, signal }) {
      const url = new URL(webhook);
      // Where the thread is gone, or the space has none, the message stands alone.
      url.searchParams.set('messageReplyOption', 'REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD');
      return postJson(send, 'Google Chat', { url: url.href, body: toGoogleChat(document, threadKey), signal });
    },
  };
}

/** A document as a card. Nothing that came in can be markup, a mention or a link. */
export function toGoogleChat(document: StructuredDocument, threadKey: string): object {
  const title = cut(oneLine(document.title), TITLE_MAX);
  const sections: object[] = [];
  let bytes = 0;
  for (const { heading, blocks } of document.sections) {
    const made = { header: escapeHtml(cut(oneLine(heading), TITLE_MAX)), widgets: blocks.flatMap(toWidgets) };
    bytes += Buffer.byteLength(JSON.stringify(made));
    if (bytes > MESSAGE_MAX_BYTES - 2_000) break;
    if (made.widgets.length > 0) sections.push(made);
  }
  return {
    text: plain(title),
    thread: { threadKey: cut(threadKey, THREAD_KEY_MAX) },
    cardsV2: [{ cardId: 'headroom-alert', card: { header: { title, subtitle: 'Headroom' }, sections } }],
  };
}

function toWidgets(block: DocumentBlock): object[] {
  switch (block.kind) {
    case 'paragraph':
      return [text([line(block.text)])];
    case 'bullets':
      return block.items.length === 0 ? [] : [text(block.items.map((item) => `• ${line(item)}`))];
    case 'table':
      return block.rows.length === 0 ? [] : [text(block.rows.map((row) => `• ${row.map(line).join(' · ')}`))];
    case 'link':
      return [
        {
          buttonList: {
            buttons: [{ text: cut(oneLine(block.text), TITLE_MAX), onClick: { openLink: { url: block.href } } }],
          },
        },
      ];
  }
}

function text(lines: readonly string[]): object {
  return { textParagraph: { text: lines.join('<br>') } };
}

/** https://developers.google.com/workspace/chat/format-messages: text of a card knows some HTML, so all of it is escaped. */
function line(value: string): string {
  return escapeHtml(cut(oneLine(value), LINE_MAX));
}

/**
 * The text beside the card is what notifications show. It has marks (`*bold*`), links and mentions (`<users/all>` rings
 * everybody) and no way to escape them: what they are made of is written with characters that only look like it.
 */
function plain(value: string): string {
  return value
    .replaceAll('<', '‹')
    .replaceAll('>', '›')
    .replace(/[*_~`]/g, (mark) => `${mark}\u200b`)
    .replace(/@(?=\w)/g, '@\u200b');
}
