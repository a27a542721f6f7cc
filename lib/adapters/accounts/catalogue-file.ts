import { OPPORTUNITY_TYPES } from '../../domain/expansion';
import type { CatalogueRecord } from '../../domain/import-records';
import type { FileKind } from './file-kind';

/** The catalogue file: one row a thing that can be sold. Prices are a year's, in major units; of one seat for `seats`. */
export const catalogueFile: FileKind<CatalogueRecord> = {
  name: 'catalogue',
  columns: [
    'item_id',
    'type',
    'name',
    'price',
    'currency',
    'signal_features',
    'eligible_plans',
    'tech_names',
    'benefit',
  ],
  required: ['item_id', 'type', 'name'],
  read: (cells) => ({
    id: cells.requiredText('item_id'),
    type: cells.requiredOneOf('type', OPPORTUNITY_TYPES),
    name: cells.requiredText('name'),
    priceCents: cells.cents('price'),
    currency: cells.currency('currency'),
    signalFeatures: cells.list('signal_features'),
    eligiblePlans: cells.list('eligible_plans'),
    techNames: cells.list('tech_names'),
    benefit: cells.text('benefit'),
  }),
};
