import { composeOutreach } from '../domain/outreach';
import { AppError } from '../errors';
import type { DraftReference, ExpansionTask, MailDrafts } from '../ports';
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

/** The row of the dispatch log that this handoff belongs to; it fixes the identity and the addressee of the draft. */
export interface SalesContext extends AgentContext {
  dispatch: { id: string; messageId: string; accountName: string; recipient: string | null; createdAt: Date };
}

export type SalesAgent = Agent<SalesTasks, SalesContext>;

/** The agent that turns an opportunity into a draft in the rep's mailbox. It can leave drafts and nothing else. */
export function createSalesAgent(mail: MailDrafts | null): SalesAgent {
  return createAgent<SalesTasks, SalesContext>('sales', {
    handle_expansion_opportunity: {
      description: 'Leaves a draft about an expansion opportunity in the rep’s mailbox.',
      parse: parseExpansionTask,
      async handle(task, context) {
        if (!mail) {
          throw new AppError('mail_unavailable', 'No mailbox is available to leave the draft in.', {
            retryable: true,
            remedy: 'See the mail integration on the Agents page.',
          });
        }
        const { dispatch } = context;
        const outreach = composeOutreach({
          accountName: dispatch.accountName,
          opportunityType: task.opportunityType,
          impact: task.estimatedArrImpact,
          evidence: task.evidence,
          talkTrack: task.recommendedTalkTrack,
          confidence: task.confidence,
        });
        const draft = await mail.createDraft(
          {
            messageId: dispatch.messageId,
            dispatchId: dispatch.id,
            to: dispatch.recipient === null ? null : { address: dispatch.recipient, name: null },
            ...outreach,
            date: dispatch.createdAt,
          },
          { idempotencyKey: dispatch.id, signal: context.signal },
        );
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
