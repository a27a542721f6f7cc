import { formatMoney } from '../domain/format';
import type { DispatchFacts } from '../ports/drafting';
import type { TextOrigin, TextWriter } from '../ports/wording';

export interface TalkTrackWording {
  writer: TextWriter;
  /** How long a dispatch waits for other words at most, in milliseconds. */
  waitMs: number;
}

export interface TalkTrack {
  text: string;
  origin: TextOrigin;
}

/**
 * The talk track of a dispatch in a model's words, where one is connected and has them in time; otherwise as the rules
 * wrote it. What came over the API is the caller's own and stays as it is.
 */
export async function wordTalkTrack(
  wording: TalkTrackWording | null,
  facts: DispatchFacts,
  { now, signal }: { now: Date; signal: AbortSignal },
): Promise<TalkTrack> {
  const { task } = facts;
  const asIs: TalkTrack = { text: task.recommendedTalkTrack, origin: { by: 'rules' } };
  if (wording === null || facts.origin !== 'scan') return asIs;
  const { talkTrack } = await wording.writer.reword({
    purpose: 'talk_track',
    accountId: facts.accountId,
    facts: [
      { label: 'Account', value: facts.accountName },
      { label: 'Kind of opportunity', value: task.opportunityType },
      ...task.evidence.map((value) => ({ label: 'Evidence', value })),
      ...(task.estimatedArrImpact === null
        ? []
        : [{ label: 'Estimated ARR impact, a year', value: formatMoney(task.estimatedArrImpact) }]),
    ],
    texts: { talkTrack: task.recommendedTalkTrack },
    now,
    signal: AbortSignal.any([signal, AbortSignal.timeout(wording.waitMs)]),
  });
  return talkTrack;
}
