import type { ImportKind } from '@/lib/contracts';

/** A column that an import understands, what it means, and what other systems call it. */
export interface TargetColumn {
  name: string;
  hint: string;
  required?: boolean;
  /** Normalised names (see {@link normalise}) that mean this column. */
  synonyms?: readonly string[];
}

export interface ImportKindInfo {
  kind: ImportKind;
  label: string;
  /** One row of the file, in words. */
  rowMeans: string;
  endpoint: string;
  template: string;
  columns: readonly TargetColumn[];
}

/** Columns that we add to the file of refused rows; the server leaves them out when it comes back mended. */
export const OWN_COLUMNS: readonly string[] = ['_line', '_error'];

const ACCOUNT_COLUMNS: readonly TargetColumn[] = [
  {
    name: 'account_id',
    hint: 'Your CRM’s id; rows are matched by it',
    required: true,
    synonyms: ['id', 'accountnumber', 'customerid', 'companyid', 'crmid', 'externalid', 'salesforceid'],
  },
  {
    name: 'name',
    hint: 'Company name',
    required: true,
    synonyms: [
      'company',
      'companyname',
      'accountname',
      'account',
      'customer',
      'customername',
      'organisation',
      'organization',
    ],
  },
  {
    name: 'domain',
    hint: 'northwind.example',
    synonyms: ['website', 'companydomain', 'webdomain', 'url', 'emaildomain'],
  },
  {
    name: 'status',
    hint: 'active, onboarding, inactive or churned',
    synonyms: ['accountstatus', 'customerstatus', 'lifecyclestage'],
  },
  { name: 'segment', hint: 'Any word, e.g. mid-market', synonyms: ['tier', 'customersegment', 'accountsegment'] },
  {
    name: 'arr',
    hint: 'Annual recurring revenue, e.g. 24000 or 24000.50',
    synonyms: ['annualrecurringrevenue', 'acv', 'annualcontractvalue', 'arrusd', 'arreur', 'arrgbp'],
  },
  { name: 'currency', hint: 'Three letters, e.g. USD', synonyms: ['currencycode', 'currencyisocode', 'arrcurrency'] },
  {
    name: 'plan',
    hint: 'Plan or edition',
    synonyms: ['planname', 'edition', 'package', 'subscription', 'subscriptionplan'],
  },
  {
    name: 'seats_purchased',
    hint: 'Whole number',
    synonyms: [
      'seats',
      'licenses',
      'licences',
      'seatsbought',
      'purchasedseats',
      'totalseats',
      'licensespurchased',
      'licencespurchased',
      'contractedseats',
      'seatlimit',
    ],
  },
  {
    name: 'seats_active',
    hint: 'Whole number',
    synonyms: ['activeseats', 'seatsused', 'usedseats', 'seatsinuse', 'activeusers', 'licensesused', 'assignedseats'],
  },
  {
    name: 'csm_email',
    hint: 'Customer success manager',
    synonyms: ['csm', 'csmowner', 'customersuccessmanager', 'customersuccessmanageremail', 'successmanager'],
  },
  {
    name: 'rep_email',
    hint: 'Sales rep who owns growth; gets the draft',
    synonyms: [
      'rep',
      'owner',
      'owneremail',
      'accountowner',
      'accountowneremail',
      'accountexecutive',
      'ae',
      'aeemail',
      'salesrep',
      'salesrepemail',
      'salesowner',
    ],
  },
  {
    name: 'contract_start',
    hint: 'YYYY-MM-DD',
    synonyms: ['contractstartdate', 'startdate', 'customersince', 'subscriptionstart', 'signeddate'],
  },
  {
    name: 'renewal_date',
    hint: 'YYYY-MM-DD',
    synonyms: [
      'renewal',
      'renewaldate',
      'renewson',
      'contractend',
      'contractenddate',
      'enddate',
      'expirydate',
      'nextrenewal',
      'subscriptionend',
    ],
  },
  {
    name: 'last_interaction_at',
    hint: 'Date or time of the last conversation',
    synonyms: [
      'lastinteraction',
      'lasttouch',
      'lastcontact',
      'lastcontacted',
      'lastactivity',
      'lastactivitydate',
      'lastmeeting',
      'lastengagement',
    ],
  },
  {
    name: 'login_frequency_days',
    hint: 'Days between logins, on average',
    synonyms: ['loginfrequency', 'dayssincelastlogin', 'averagedaysbetweenlogins'],
  },
  {
    name: 'usage_trend',
    hint: 'growing, stable, declining or inactive',
    synonyms: ['trend', 'productusagetrend', 'activitytrend'],
  },
  {
    name: 'feature_adoption_rate',
    hint: 'Share between 0 and 1, e.g. 0.72',
    synonyms: ['featureadoption', 'adoptionrate', 'productadoption'],
  },
  {
    name: 'stakeholder_engagement',
    hint: 'high, medium or low',
    synonyms: ['engagement', 'championengagement', 'sponsorengagement', 'executiveengagement'],
  },
  { name: 'nps_score', hint: '0 to 10', synonyms: ['nps', 'lastnps', 'npsresponse'] },
  {
    name: 'invoice_payment_status',
    hint: 'current, overdue_30, _60 or _90_plus',
    synonyms: ['paymentstatus', 'invoicestatus', 'billingstatus', 'invoices'],
  },
  {
    name: 'open_ticket_count',
    hint: 'Whole number',
    synonyms: ['opentickets', 'openticketcount', 'tickets', 'opencases', 'supporttickets'],
  },
  {
    name: 'avg_ticket_sentiment',
    hint: 'positive, neutral, negative or critical',
    synonyms: ['ticketsentiment', 'sentiment', 'supportsentiment', 'averageticketsentiment'],
  },
  {
    name: 'escalation_count_90_days',
    hint: 'Whole number',
    synonyms: ['escalations', 'escalationcount', 'escalations90days', 'escalationslast90days', 'escalations90d'],
  },
  {
    name: 'tam_health_rag',
    hint: 'GREEN, AMBER or RED',
    synonyms: ['tamhealth', 'tamrag', 'tamrating', 'technicalhealth'],
  },
  {
    name: 'collections_risk',
    hint: 'GREEN, AMBER, RED or CRITICAL',
    synonyms: ['collectionrisk', 'collections', 'creditrisk'],
  },
  {
    name: 'modules',
    hint: 'Catalogue ids, separated by ;',
    synonyms: ['ownedmodules', 'products', 'addons', 'productsowned', 'activemodules'],
  },
  {
    name: 'integrations',
    hint: 'Catalogue ids, separated by ;',
    synonyms: ['connectedintegrations', 'activeintegrations', 'connections'],
  },
  {
    name: 'tech_stack',
    hint: 'Product names, separated by ;',
    synonyms: ['technologies', 'techstack', 'tools', 'technographics', 'installedtech'],
  },
  {
    name: 'observed_at',
    hint: 'When this was true; now, if left out',
    synonyms: ['asof', 'snapshotdate', 'date', 'reportdate', 'updatedat', 'lastmodified', 'exportedat'],
  },
];

const CATALOGUE_COLUMNS: readonly TargetColumn[] = [
  {
    name: 'item_id',
    hint: 'The id that accounts name in modules and integrations',
    required: true,
    synonyms: ['id', 'sku', 'productid', 'productcode', 'code'],
  },
  {
    name: 'type',
    hint: 'seats, module or integration',
    required: true,
    synonyms: ['kind', 'category', 'itemtype', 'producttype'],
  },
  {
    name: 'name',
    hint: 'As the customer knows it',
    required: true,
    synonyms: ['product', 'productname', 'item', 'itemname', 'title'],
  },
  {
    name: 'price',
    hint: 'List price a year; of one seat for seats',
    synonyms: ['listprice', 'annualprice', 'yearlyprice', 'unitprice', 'priceperyear'],
  },
  { name: 'currency', hint: 'Three letters, e.g. USD', synonyms: ['currencycode', 'currencyisocode'] },
  {
    name: 'signal_features',
    hint: 'Features whose use shows the need, separated by ;',
    synonyms: ['features', 'signals', 'triggerfeatures'],
  },
  {
    name: 'eligible_plans',
    hint: 'Plans it is sold to, separated by ;',
    synonyms: ['plans', 'availableplans', 'soldto'],
  },
  {
    name: 'tech_names',
    hint: 'Products it connects to, separated by ;',
    synonyms: ['technames', 'connectsto', 'technologies', 'partner', 'vendor'],
  },
  {
    name: 'benefit',
    hint: 'One sentence for the talk track',
    synonyms: ['description', 'valueproposition', 'pitch', 'summary'],
  },
];

const USAGE_COLUMNS: readonly TargetColumn[] = [
  {
    name: 'account_id',
    hint: 'As in the accounts file',
    required: true,
    synonyms: ['id', 'account', 'customerid', 'companyid', 'crmid', 'externalid', 'tenantid', 'workspaceid'],
  },
  {
    name: 'feature',
    hint: 'As in the catalogue’s signal features',
    required: true,
    synonyms: ['featurename', 'event', 'eventname', 'featureid', 'featurekey'],
  },
  {
    name: 'observed_at',
    hint: 'End of the period that was counted',
    required: true,
    synonyms: ['asof', 'date', 'periodend', 'weekending', 'snapshotdate', 'timestamp'],
  },
  {
    name: 'uses',
    hint: 'Whole number',
    required: true,
    synonyms: ['count', 'usage', 'usecount', 'events', 'eventcount', 'total'],
  },
  { name: 'active_users', hint: 'Whole number', synonyms: ['users', 'uniqueusers', 'distinctusers', 'usercount'] },
  {
    name: 'limit_hits',
    hint: 'How often a limit of the plan was reached',
    synonyms: ['limitshit', 'quotahits', 'limitreached', 'overages'],
  },
];

export const IMPORT_KINDS: readonly ImportKindInfo[] = [
  {
    kind: 'accounts',
    label: 'Accounts',
    rowMeans: 'One row is one customer company with its contract and health signals.',
    endpoint: '/api/v1/accounts/import',
    template: '/templates/accounts.csv',
    columns: ACCOUNT_COLUMNS,
  },
  {
    kind: 'catalogue',
    label: 'Catalogue',
    rowMeans: 'One row is one thing you sell: the seat, a module or an integration.',
    endpoint: '/api/v1/catalogue/import',
    template: '/templates/catalogue.csv',
    columns: CATALOGUE_COLUMNS,
  },
  {
    kind: 'usage',
    label: 'Feature usage',
    rowMeans: 'One row is how much one account used one feature in one period.',
    endpoint: '/api/v1/usage/import',
    template: '/templates/usage.csv',
    columns: USAGE_COLUMNS,
  },
];

export function importKindInfo(kind: ImportKind): ImportKindInfo {
  const info = IMPORT_KINDS.find((candidate) => candidate.kind === kind);
  if (info === undefined) throw new Error(`Unknown import kind ${kind}`);
  return info;
}

/** `Seats Purchased`, `seats-purchased` and `SEATS_PURCHASED` are one name. */
export function normalise(header: string): string {
  return header
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');
}
