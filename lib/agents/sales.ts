import { composeOutreach } from '../domain/outreach';
import type { DraftMessage, DraftReference, ExpansionTask, Mailboxes } from '../ports';
import type { TextOrigin } from '../ports/wording';
import { type Agent, type AgentContext, createAgent } from './agent';
import { parseExpansionTask } from './expansion-task';

export type SalesTasks = {
  handle_expansion_opportunity: {
    payload: Omit<ExpansionTask, 'type'>;
    result: HandledOpportunity;
  };
};

export interface HandledOpportunity {
  accountId: string;
  opportunityType: ExpansionTask['opportunityType'];
  draftId: string;
  confidence: 'high';
  draft: DraftReference;
}

/** The row of the dispatch log that this handoff belongs to; it fixes identity, addressee and mailbox of the draft. */
export interface SalesContext extends AgentContext {
  dispatch: {
    id: string;
    messageId: string;
    accountName: string;
    /** What made the talk track. */
    talkTrackOrigin?: TextOrigin | null;
    recipient: string | null;
    mailboxId: string | null;
    createdAt: Date;
  };
}

export type SalesAgent = Agent<SalesTasks, SalesContext>;

/** The agent that turns an opportunity into a draft in the rep's mailbox. It can leave drafts and nothing else. */
export function createSalesAgent(mailboxes: Mailboxes): SalesAgent {
  return createAgent<SalesTasks, SalesContext>('sales', {
    handle_expansion_opportunity: {
      description: 'Leaves a draft about an expansion opportunity in the rep’s mailbox.',
      parse: parseExpansionTask,
      async handle(task, context) {
        const { dispatch } = context;
        const mail = await mailboxes.open(dispatch.mailboxId);
        const draft = await mail.createDraft(composeDraft(task, dispatch), {
          idempotencyKey: dispatch.id,
          signal: context.signal,
        });
        return {
          accountId: task.accountId,
          opportunityType: task.opportunityType,
          draftId: draft.draftId,
          confidence: 'high',
          draft,
        };
      },
    },
  });
}

/** The draft of a dispatch: the same at every attempt, and when a copy of it is wanted later. */
export function composeDraft(task: Omit<ExpansionTask, 'type'>, dispatch: SalesContext['dispatch']): DraftMessage {
  return {
    messageId: dispatch.messageId,
    dispatchId: dispatch.id,
    to: dispatch.recipient === null ? null : { address: dispatch.recipient, name: null },
    ...composeOutreach({
      accountName: dispatch.accountName,
      opportunityType: task.opportunityType,
      impact: task.estimatedArrImpact,
      evidence: task.evidence,
      talkTrack: task.recommendedTalkTrack,
      talkTrackOrigin: dispatch.talkTrackOrigin ?? null,
      confidence: task.confidence,
    }),
    date: dispatch.createdAt,
  };
}
